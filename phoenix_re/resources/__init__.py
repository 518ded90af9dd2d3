"""One file per outside system, each usable without Dagster through its plain object."""
