"""Dagster asset checks: the KPIs under their names. The figures come from `validate/`."""
