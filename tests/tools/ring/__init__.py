"""Drives the real binary against the real tools: see `tests/tools/run`."""
