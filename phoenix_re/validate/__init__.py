"""Records → properties: address keys, rules, episodes, merging and quality. No I/O, no Dagster."""
