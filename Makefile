# make demo and make test need Python 3.11 or newer, make, and a package index; nothing else. A second call starts at once.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# OpenMP threads that wait actively burn CPU of other processes; passive ones cost nothing.
export OMP_WAIT_POLICY = PASSIVE

.PHONY: demo test check test-slow bench docs changelog clean-venv
.DEFAULT_GOAL := demo

demo: .venv/.run  ## the main job on three embedded examples; prints what it found and where the reports lie
	@mkdir -p demo
	@$(BIN)/apercu demo churn --out demo/churn.study
	@$(BIN)/apercu demo diagnosis --out demo/diagnosis.study
	@$(BIN)/apercu demo digits --out demo/digits.study

test: .venv/.test  ## the quick tests, a process for each core
	@$(BIN)/python -m pytest -n auto --dist loadfile

test-slow: .venv/.test  ## simulations, peers, browsers
	@$(BIN)/python -m pytest -m slow

check: .venv/.check  ## format, lint, types, architecture
	@$(BIN)/ruff format --check src tests benchmarks docs
	@$(BIN)/ruff check src tests benchmarks docs
	@$(BIN)/pyright --pythonpath $(BIN)/python
	@$(BIN)/python -m pytest tests/architecture

bench: .venv/.test  ## time, memory and quality, each with its expected answer
	@for name in telco tables planted noise; do $(BIN)/python benchmarks/$$name.py || exit 1; done

docs: .venv/.run  ## writes the generated pages anew
	@$(BIN)/python docs/generate.py

changelog: .venv/.run  ## gathers changelog.d/*.md into CHANGELOG.md: make changelog VERSION=0.2.0
	@$(BIN)/python changelog.d/gather.py $(VERSION)

clean-venv:
	@rm -rf .venv

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "apercu needs Python 3.11 or newer; none was found. Name one with: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "making .venv ..."
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "this Python cannot make environments; install its venv module, on Debian or Ubuntu with:"; \
		echo "  sudo apt-get install -y python3-venv"; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

.venv/.run: pyproject.toml | .venv/bin/python
	@echo "installing apercu into .venv (once; a minute or two) ..."
	@$(PIP) -e .
	@touch $@

.venv/.test: pyproject.toml | .venv/bin/python
	@echo "installing apercu and what its tests need into .venv (once; a minute or two) ..."
	@$(PIP) -e '.[test]'
	@touch .venv/.run $@

.venv/.check: pyproject.toml | .venv/bin/python
	@echo "installing apercu and what its checks need into .venv (once; a minute or two) ..."
	@$(PIP) -e '.[check]'
	@touch .venv/.run .venv/.test $@
