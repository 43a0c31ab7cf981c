# All commands run from a fresh checkout. They need Python 3.11 or newer and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.setup
BENCH_STAMP := $(VENV)/.setup-bench
DATA ?= ../shared/data
DURATION ?= 60
PART ?=
UPGRADE ?=
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
# uv downloads several packages at a time and takes half of pip's processor time. pip knows settings of the network
# that uv does not, so it installs where uv cannot.
UV := $(BIN)/uv pip install --quiet --no-deps --python $(BIN)/python
# Without this, the first process that imports a package compiles it.
COMPILE := --compile-bytecode
UV_LOCK := sed -n '/^uv==/,/\#/p' requirements/dev.lock
# Number of test processes. Many tests wait for subprocesses, so four are faster than two even on two cores. Each has to
# import all tests, so more are slower.
WORKERS ?= 4
TESTS ?= tests
SEED ?= $(shell $(PYTHON) -c 'import secrets; print(secrets.randbelow(2**32))')
# Keep compiled bytecode: compiling on every start makes the start of the bot four times as long.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run test test-random check house docs wheel bench bench-check install-check hostile chaos soak quality screenshots train lock clean

help:  ## list the available commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP)  ## create .venv and install the locked dependencies

$(STAMP): requirements/dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "Ringkas needs Python 3.11 or newer; $(PYTHON) is not that. Try: make PYTHON=python3.13 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Python's venv is missing. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked dependencies into $(VENV) (once) ..." >&2
	@$(UV_LOCK) | $(PIP) --require-hashes --requirement /dev/stdin
	@$(UV) $(COMPILE) --require-hashes --requirement requirements/dev.lock \
	  || $(PIP) --require-hashes --requirement requirements/dev.lock
	@$(UV) --no-build-isolation --editable .
	@touch $@

$(BENCH_STAMP): requirements/bench.lock $(STAMP)
	@$(PIP) --no-compile --require-hashes --requirement requirements/bench.lock
	@touch $@

run: $(STAMP)  ## start the bot: on Telegram if TELEGRAM_BOT_TOKEN is set, otherwise in the local sandbox
	@$(BIN)/ringkas start

test: $(STAMP)  ## run all tests; TESTS=tests/bot runs one folder
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS)

test-random: SEED := $(SEED)
test-random: $(STAMP)  ## run all tests in random order with random examples; SEED=123 repeats a run
	@echo "SEED=$(SEED)" >&2
	@$(BIN)/python -m pytest -n $(WORKERS) -p randomly --randomly-seed $(SEED) --hypothesis-profile random $(TESTS)

check: $(STAMP)  ## check style, types and import directions
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

house: $(STAMP)  ## print sizes, layers and prose of the code, with their limits
	@$(BIN)/python -m tests.house

docs: $(STAMP)  ## regenerate docs/reference from the code
	@$(BIN)/python -m docs.generate

wheel: $(STAMP)  ## build the wheel and the source archive into dist/
	@$(BIN)/python -m hatchling build

bench: $(STAMP)  ## measure speed and load, write docs/measurements/benchmarks.md; PART=store measures one part
	@$(BIN)/python -m benchmarks.run $(PART) --data $(DATA)/indosum

bench-check: $(STAMP)  ## test that each benchmark runs, and that call counts stay within their limits
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m bench tests

install-check: $(STAMP)  ## install the wheel with versions of pip, with PIP_VERSION=23.0.1 only one; needs the network
	@$(BIN)/python -m pytest -m install -k "$(PIP_VERSION)" tests/test_packaging.py

hostile: $(STAMP)  ## run all hostile inputs, write docs/measurements/hostile-inputs.md
	@$(BIN)/python -m benchmarks.hostile.run --data $(DATA)

chaos: $(STAMP)  ## send digests while injecting faults, write docs/measurements/reliability.md (takes hours)
	@$(BIN)/python -m benchmarks.chaos.run

soak: $(STAMP)  ## run the bot under load for DURATION minutes (60), record memory and open files
	@$(BIN)/python -m benchmarks.soak --minutes $(DURATION)

quality: $(BENCH_STAMP)  ## measure texts and summaries, write extraction.md and quality.md; needs the corpora in DATA
	@test -f $(DATA)/indosum/dev.jsonl || { echo "IndoSum is not in $(DATA)/indosum: set DATA" >&2; exit 1; }
	@! test -f $(DATA)/pages/gold.json || $(BIN)/python -m benchmarks.quality.extraction --data $(DATA)
	@$(BIN)/python -m benchmarks.quality.run --data $(DATA)/indosum \
	  --treebank $(DATA)/sentences/id_csui-ud-test.conllu $(DATA)/sentences/id_gsd-ud-test.conllu \
	  --other $(wildcard $(DATA)/articles/articles.jsonl $(DATA)/stories/dev.jsonl) \
	  --today $(wildcard $(DATA)/modern/articles/*.jsonl)

screenshots: $(STAMP)  ## take the screenshots in docs/images; needs Chromium
	@$(BIN)/python -m benchmarks.screenshots

train: $(BENCH_STAMP)  ## train the sentence ranker, the topic model and the dictionary of texts; needs the corpora in DATA
	@test -f $(DATA)/indosum/train.jsonl || { echo "IndoSum is not in $(DATA)/indosum: set DATA" >&2; exit 1; }
	@$(BIN)/python -m benchmarks.train_ranker --data $(DATA)/indosum
	@$(BIN)/python -m benchmarks.train_topics --data $(DATA)
	@$(BIN)/python -m benchmarks.train_dictionary --data $(DATA)

lock: $(STAMP)  ## update requirements/ from pyproject.toml; UPGRADE=--upgrade takes newer versions
	@$(BIN)/python -m uv pip compile --quiet $(UPGRADE) --universal --strip-extras --generate-hashes --no-header --python-version 3.11 \
	  --extra sandbox --extra mcp --extra postgres --group dev pyproject.toml --output-file requirements/dev.lock
	@$(BIN)/python -m uv pip compile --quiet $(UPGRADE) --universal --strip-extras --generate-hashes --no-header --no-annotate --python-version 3.11 \
	  --extra sandbox --extra mcp --extra postgres --group dev --group train --constraint requirements/dev.lock pyproject.toml \
	  --output-file requirements/bench.lock
	@$(BIN)/python -m uv pip compile --quiet $(UPGRADE) --universal --strip-extras --generate-hashes --no-header --no-annotate --python-version 3.11 \
	  --extra sandbox --extra mcp --extra postgres --constraint requirements/dev.lock pyproject.toml --output-file requirements/run.lock
	@echo hatchling | $(BIN)/python -m uv pip compile --quiet $(UPGRADE) --universal --generate-hashes --no-header --no-annotate \
	  --python-version 3.11 --constraint requirements/dev.lock - --output-file requirements/build.lock

clean:  ## remove .venv and the caches
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
