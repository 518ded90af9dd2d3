"""Remarks → facts, each with its evidence. Nothing else about a listing, nothing about people."""
