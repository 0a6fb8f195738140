"""A shop that prints receipts."""
