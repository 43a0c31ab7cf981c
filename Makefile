# Everything runs from a bare checkout with Python 3.11 or newer and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.setup
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup run test check lock clean

help:  ## list what make can do
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP)  ## the virtual environment in .venv with the locked dependencies

$(STAMP): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "Ringkas needs Python 3.11 or newer; $(PYTHON) is not that. Try: make PYTHON=python3.13 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Python's venv is missing. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked dependencies into $(VENV) (once) ..." >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes --requirement requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: $(STAMP)  ## the bot: on Telegram with TELEGRAM_BOT_TOKEN, otherwise in the local sandbox
	@$(BIN)/ringkas start

test: $(STAMP)  ## every test
	@$(BIN)/python -m pytest -n $(WORKERS)

check: $(STAMP)  ## style, types, directions of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

lock: $(STAMP)  ## resolve the ranges of pyproject.toml anew into the lock files
	@$(BIN)/python -m uv --version >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet uv
	@$(BIN)/python -m uv pip compile --quiet --universal --strip-extras --generate-hashes --no-header --python-version 3.11 \
	  --extra sandbox --extra dev pyproject.toml --output-file requirements-dev.lock
	@$(BIN)/python -m uv pip compile --quiet --universal --strip-extras --generate-hashes --no-header --no-annotate --python-version 3.11 \
	  --extra sandbox --constraint requirements-dev.lock pyproject.toml --output-file requirements.lock

clean:  ## remove what setup and the tools made
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
