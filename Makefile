# `make test` checks everything; `make demo` migrates a sample repository and shows the commits.
# Needs Python 3.11 or newer, git 2.34 or newer and make; everything else is installed below .venv/.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: test lint types unit fixtures fixtures-accept demo benchmark env usable git clean

test: lint types unit

env: $(STAMP)

$(STAMP): pyproject.toml
	@$(PYTHON) -V >/dev/null 2>&1 || \
	  { echo "$(PYTHON) can't be run. Install Python 3.11 or newer, or name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "codemods needs Python 3.11 or newer; this is $$($(PYTHON) -V). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "python3 -m venv failed. On Debian and Ubuntu: apt-get install python3-venv. A folder that is not yours: clone to one that is."; exit 2; }
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1' && \
	  $(BIN)/python -m pip install --quiet --editable . --group dev || \
	  { echo "pip could not install what codemods needs; behind a proxy set PIP_PROXY or PIP_INDEX_URL"; exit 2; }
	@touch $@

usable: $(STAMP)
	@$(BIN)/python -c '' || \
	  { echo "$(VENV) is another user's, or its Python is gone: make clean, or clone to a folder of yours"; exit 2; }

git: usable
	@git --version >/dev/null 2>&1 || \
	  { echo "git is missing; on Debian and Ubuntu: apt-get install git"; exit 2; }
	@$(BIN)/python -c 'import sys; sys.exit([*map(int, sys.argv[3].split(".")[:2])] < [2, 34])' \
	  $$(git --version) || \
	  { echo "codemods needs git 2.34 or newer; this is $$(git --version)"; exit 2; }

lint: usable
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: usable
	$(BIN)/mypy

unit: git
	$(BIN)/python -m pytest -q -n auto

# Shows where fixtures differ from what the codemods do now; CASE=utcnow/ narrows it.
fixtures: $(STAMP)
	$(BIN)/python -m tests.show_fixtures $(CASE)

fixtures-accept: $(STAMP)
	$(BIN)/python -m tests.show_fixtures --accept $(CASE)

# Migrates a sample application in a fresh repository, build/demo, and shows the commits.
demo: git
	@$(BIN)/python -m tests.show_demo build/demo

# Compares speed and memory with ruff's, and prints what a line costs; on an idle machine.
benchmark: $(STAMP)
	$(BIN)/python benchmarks/against_ruff.py
	$(BIN)/python -m benchmarks.per_line build/benchmark

clean:
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache .hypothesis

# What is too dear for every run: make evidence-regions, and so on.
evidence-%: $(STAMP)
	$(BIN)/python -m pytest -q -s -o addopts= tests/evidence/test_$*.py
