# Every target sets up what it needs. On a fresh machine: `make run` does the main job, `make test` passes.
SHELL := /bin/bash
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
VIDEO ?= examples/lecture.mp4
OUT ?= highlights
PORT ?= 8000
SEED ?= 1
CHAOS_JOBS ?= 2000
CHAOS_MEDIA_JOBS ?= 20
# The example lecture brings its captions; so does any VIDEO with a .vtt or .srt of the same name.
CAPTIONS ?= $(firstword $(wildcard $(basename $(VIDEO)).vtt $(basename $(VIDEO)).srt))
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && { command -v $$p; break; }; done)

.PHONY: help setup setup-dev run test serve check chaos bench lock

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: $(VENV)/.ready ## Create .venv from requirements.lock (quick when nothing changed)

setup-dev: $(VENV)/.ready-dev

$(VENV)/.ready: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Lectern needs Python 3.11, 3.12 or 3.13. Install one, or say PYTHON=/path/to/python3."; exit 1; }
	@test -x $(BIN)/python || { echo "Creating $(VENV) with $(PYTHON)"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing packages (a minute on a first run)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/.ready-dev: requirements-dev.lock $(VENV)/.ready
	@echo "Installing what tests need"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

run: setup ## Find the highlights of VIDEO (default: the example lecture) and write them to OUT
	@$(BIN)/lectern run "$(VIDEO)" $(if $(CAPTIONS),--captions "$(CAPTIONS)") --out "$(OUT)"

serve: setup ## Run the service at http://127.0.0.1:8000
	@$(BIN)/lectern serve --port $(PORT)

test: setup-dev ## The whole suite, embedded and with Redis, PostgreSQL by URL and an S3 server
	@$(BIN)/python -m coverage erase
	@start=$$SECONDS; code=0; \
		$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not alone" \
			--cov --cov-report=term --durations=40 || code=1; \
		$(BIN)/python -m pytest -m alone --durations=0 || code=1; \
		echo "make test took $$((SECONDS - start)) s"; exit $$code

check: setup-dev ## Format, lint, types, imports, known vulnerabilities, and the tests that need no media and no servers
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python .ci/audit.py
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not media and not stack"

chaos: setup-dev ## Kill, freeze, cut and fill at random, at length; SEED=n repeats a run's choices
	@CHAOS_JOBS=$(CHAOS_JOBS) CHAOS_MEDIA_JOBS=$(CHAOS_MEDIA_JOBS) SEED=$(SEED) \
		$(BIN)/python -m pytest -q -s tests/chaos

bench: setup-dev ## Benchmarks: each a ratio against a peer in the same run, written to docs/benchmarks.md
	@$(BIN)/python -m bench

lock: ## Compile the locks again (needs uv)
	uv pip compile pyproject.toml $(LOCK_FLAGS) -o requirements.lock
	uv pip compile pyproject.toml $(LOCK_FLAGS) --group dev -c requirements.lock -o requirements-dev.lock

LOCK_FLAGS := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header
