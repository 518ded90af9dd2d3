"""`phoenix-re …`: one module per command; how they print is in `output.py`."""
