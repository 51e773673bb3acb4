# `make test` checks everything; `make demo` migrates a sample repository and shows the commits.
# Needs Python 3.11 or newer, git and make; everything else is installed below .venv/.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: test lint types unit fixtures fixtures-accept demo benchmark env clean

test: lint types unit

env: $(STAMP)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "codemods needs Python 3.11 or newer; this is $$($(PYTHON) -V). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "python3 -m venv failed. On Debian and Ubuntu: apt-get install python3-venv. A folder that is not yours: clone to one that is."; exit 2; }
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1' && \
	  $(BIN)/python -m pip install --quiet --editable . --group dev || \
	  { echo "pip could not install what codemods needs; behind a proxy set PIP_PROXY or PIP_INDEX_URL"; exit 2; }
	@touch $@

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

unit: $(STAMP)
	$(BIN)/python -m pytest -q -n auto

# Shows where fixtures differ from what the codemods do now; CASE=utcnow/ narrows it.
fixtures: $(STAMP)
	$(BIN)/python -m tests.show_fixtures $(CASE)

fixtures-accept: $(STAMP)
	$(BIN)/python -m tests.show_fixtures --accept $(CASE)

# Migrates a sample application in a fresh repository, build/demo, and shows the commits.
demo: $(STAMP)
	@$(BIN)/python -c '' || { echo "$(VENV) is another user's: make clean, or clone to a folder of yours"; exit 2; }
	@$(BIN)/python -m tests.show_demo build/demo

# Compares speed and memory with ruff's; on an idle machine.
benchmark: $(STAMP)
	$(BIN)/python benchmarks/against_ruff.py

clean:
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache .hypothesis

# What is too dear for every run: make evidence-regions, and so on.
evidence-%: $(STAMP)
	$(BIN)/python -m pytest -q -s -o addopts= tests/evidence/test_$*.py
