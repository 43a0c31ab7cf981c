# Everything runs from a bare checkout with Python 3.11 or newer and make.
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
# Many tests wait for a process more than they work; who has nothing left takes from the others.
WORKERS ?= 3
TESTS ?= tests
# Every start of the bot would compile all that it imports, which takes three times as long as the start itself.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run test check house wheel bench hostile chaos soak quality screenshots train lock clean

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
	@$(PIP) --no-compile --require-hashes --requirement requirements-dev.lock
	@$(PIP) --no-build-isolation --editable .
	@touch $@

$(BENCH_STAMP): requirements-bench.lock $(STAMP)
	@$(PIP) --no-compile --require-hashes --requirement requirements-bench.lock
	@touch $@

run: $(STAMP)  ## the bot: on Telegram with TELEGRAM_BOT_TOKEN, otherwise in the local sandbox
	@$(BIN)/ringkas start

test: $(STAMP)  ## every test
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS)

check: $(STAMP)  ## style, types, directions of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

house: $(STAMP)  ## sizes, layers and prose of the code, with their limits
	@$(BIN)/python -m benchmarks.house

wheel: $(STAMP)  ## the wheel and the source archive, in dist
	@$(BIN)/python -m hatchling build

bench: $(BENCH_STAMP)  ## measure speed and load into docs/benchmarks.md; PART=store picks one part
	@$(BIN)/python -m pytest -q -p no:cacheprovider benchmarks/check_plots.py
	@$(BIN)/python -m benchmarks.run $(PART) --data $(DATA)/indosum

hostile: $(STAMP)  ## give every hostile input to the code that has to bear it, into docs/hostile-inputs.md
	@$(BIN)/python -m benchmarks.hostile.run --data $(DATA)

chaos: $(STAMP)  ## send digests while everything fails, into docs/reliability.md (long)
	@$(BIN)/python -m benchmarks.chaos.run

soak: $(BENCH_STAMP)  ## the bot at work for an hour, or DURATION minutes: memory and open files into docs/benchmarks.md
	@$(BIN)/python -m benchmarks.load.soak --minutes $(DURATION)

quality: $(BENCH_STAMP)  ## measure the summaries into docs/quality.md; needs the data in DATA (../shared/data)
	@test -f $(DATA)/indosum/dev.jsonl || { echo "IndoSum is not in $(DATA)/indosum: set DATA" >&2; exit 1; }
	@$(BIN)/python -m benchmarks.spans --data $(DATA)
	@$(BIN)/python -m benchmarks.faithfulness --data $(DATA)/indosum
	@$(BIN)/python -m benchmarks.quality --data $(DATA)/indosum \
	  --treebank $(DATA)/sentences/id_csui-ud-test.conllu $(DATA)/sentences/id_gsd-ud-test.conllu \
	  --other $(wildcard $(DATA)/articles/articles.jsonl $(DATA)/stories/dev.jsonl)

screenshots: $(BENCH_STAMP)  ## draw the README's pictures of the chat page anew; needs Chromium
	@$(BIN)/python -m benchmarks.screenshots

train: $(BENCH_STAMP)  ## train the sentence ranker and the topic model anew; needs the data in DATA (../shared/data)
	@test -f $(DATA)/indosum/train.jsonl || { echo "IndoSum is not in $(DATA)/indosum: set DATA" >&2; exit 1; }
	@$(BIN)/python -m benchmarks.train_ranker --data $(DATA)/indosum
	@$(BIN)/python -m benchmarks.topics.train --data $(DATA)

lock: $(STAMP)  ## bring the lock files up to pyproject.toml; UPGRADE="--upgrade-package NAME" or --upgrade takes newer versions
	@$(BIN)/python -m uv pip compile --quiet $(UPGRADE) --universal --strip-extras --generate-hashes --no-header --python-version 3.11 \
	  --extra sandbox --extra web --extra postgres --extra dev pyproject.toml --output-file requirements-dev.lock
	@$(BIN)/python -m uv pip compile --quiet $(UPGRADE) --universal --strip-extras --generate-hashes --no-header --no-annotate --python-version 3.11 \
	  --extra sandbox --extra web --extra postgres --extra dev --extra train --extra bench --constraint requirements-dev.lock pyproject.toml \
	  --output-file requirements-bench.lock
	@$(BIN)/python -m uv pip compile --quiet $(UPGRADE) --universal --strip-extras --generate-hashes --no-header --no-annotate --python-version 3.11 \
	  --extra sandbox --extra web --extra postgres --constraint requirements-dev.lock pyproject.toml --output-file requirements.lock
	@echo hatchling | $(BIN)/python -m uv pip compile --quiet $(UPGRADE) --universal --generate-hashes --no-header --no-annotate \
	  --python-version 3.11 --constraint requirements-dev.lock - --output-file requirements-build.lock

clean:  ## remove what setup and the tools made
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
