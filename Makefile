# Everything a person types. `make install` builds .venv from requirements.lock; the rest call it.
PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.13 python3,$(if $(shell command -v $(p) 2>/dev/null),$(p))))
UV_VERSION := 0.13.9
UV := $(CURDIR)/.tools/bin/uv
RUN := .venv/bin
export UV_COMPILE_BYTECODE := 1
# This machine-wide switch doubles the start of every Python process.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install demo dev models test test-fast check format lock bench bench-collect bench-llm bench-matching clean

help:  ## Say what each target does
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "phoenix_re needs Python 3.11 to 3.13; found: $$($(PYTHON) --version). Try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-warn-script-location --target .tools uv==$(UV_VERSION)

.venv/.installed: requirements.lock pyproject.toml | $(UV)
	$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	$(UV) pip sync --quiet --require-hashes requirements.lock
	$(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

install: .venv/.installed  ## Build .venv from requirements.lock (hash-checked)

demo: install  ## Invented listings from the sandbox through all four stages, three Phoenix ZIPs
	$(RUN)/phoenix-re demo

dev: install  ## Dagster UI, daemon and embedded services; Ctrl-C stops them all
	-$(RUN)/phoenix-re models pull
	$(RUN)/phoenix-re dev

models: install  ## Fetch the small language model that stands in where there is no Ollama (98 MB)
	$(RUN)/phoenix-re models pull

test: install  ## All tests: fast, integration and browser
	$(RUN)/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder

test-fast: install  ## The fast tests only
	$(RUN)/python -m pytest -m "not integration and not browser"

check: install  ## ruff, pyright, import-linter, definitions, tests
	$(RUN)/ruff format --check .
	$(RUN)/ruff check .
	$(RUN)/pyright
	$(RUN)/lint-imports
	$(RUN)/dagster definitions validate -w workspace.yaml
	$(MAKE) test

format: install  ## Let ruff format and fix
	$(RUN)/ruff format .
	$(RUN)/ruff check --fix .

lock: | $(UV)  ## Pin versions and hashes anew (names no index)
	$(UV) pip compile pyproject.toml --universal --generate-hashes --all-extras --upgrade --quiet \
	  --custom-compile-command "make lock" -o requirements.lock
	$(UV) pip compile benchmarks/scrapy.in --universal --python-version 3.11 --generate-hashes --upgrade --quiet \
	  --custom-compile-command "make lock" -o benchmarks/scrapy.lock
	$(UV) pip compile benchmarks/splink.in --universal --python-version 3.11 --generate-hashes --upgrade --quiet \
	  --custom-compile-command "make lock" -o benchmarks/splink.lock

bench: install  ## Rows per second through the four stages, beside a bare loop
	$(RUN)/python benchmarks/pipeline.py

bench-collect: install .tools/scrapy/.installed  ## Share of the permitted rate that collectors use
	$(RUN)/python benchmarks/collect.py

bench-llm: install  ## How busy servers of language models are kept, beside a bare client
	$(RUN)/python benchmarks/llm.py

bench-matching: install .tools/splink/.installed  ## How well and fast listings are matched, beside Splink
	$(RUN)/python benchmarks/matching.py

.tools/scrapy/.installed: benchmarks/scrapy.lock | $(UV)
	$(UV) venv --quiet --allow-existing --python $(PYTHON) .tools/scrapy
	VIRTUAL_ENV=.tools/scrapy $(UV) pip sync --quiet --require-hashes benchmarks/scrapy.lock
	@touch $@

.tools/splink/.installed: benchmarks/splink.lock | $(UV)
	$(UV) venv --quiet --allow-existing --python $(PYTHON) .tools/splink
	VIRTUAL_ENV=.tools/splink $(UV) pip sync --quiet --require-hashes benchmarks/splink.lock
	@touch $@

clean:  ## Remove .venv and .tools (data in .phoenix_re stays)
	rm -rf .venv .tools
