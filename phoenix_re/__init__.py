"""phoenix_re: real-estate data collected market by market, ZIP by ZIP, on Dagster."""

__version__ = "0.1.0"
