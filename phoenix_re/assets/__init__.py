"""Dagster assets: thin wiring between the store and the rooms. No judgement of data here."""
