"""Dagster schedules and sensors: when what runs. No work is done here."""
