"""Plays scenarios.json in real editors, each started in a world of its own."""
