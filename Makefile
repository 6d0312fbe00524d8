# make demo · make test · make lint · make bench — everything is set up on first use, in .venv
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast soak faults lint bench constraints clean

# The newest Python that Airflow supports; PYTHON=… chooses another.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.14 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
EXAMPLES ?= 5000
TIMES ?= 10
# The files that take long come first, see tests/conftest.py.
SIDE_BY_SIDE := -n 2 --dist loadfile --no-loadscope-reorder
READY := $(VENV)/.ready
UV := uv==0.13.8
# The certificates that the machine trusts, as pip and git do: some networks have an authority of their own.
export UV_SYSTEM_CERTS := 1

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.txt constraints.txt pyproject.toml containers/local_aws/pyproject.toml
	@test -n "$(PYTHON)" || { echo "airstep needs Python 3.11 to 3.14: install one, or say make PYTHON=/path/to/python" >&2; exit 1; }
	@test -x $(BIN)/python || { echo "Making $(VENV) with $$($(PYTHON) --version) …"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing the pinned requirements (a minute or two the first time) …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check '$(UV)'
	@$(BIN)/uv pip install -q --python $(BIN)/python -r requirements.txt -c constraints.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps -e . -e containers/local_aws
	@touch $@

setup: $(READY) ## make .venv with everything in it, pinned

demo: $(READY) ## a real video through ten Batch jobs, from Airflow and from Step Functions (VIDEO=path takes yours)
	@$(BIN)/python -m demo $(if $(value VIDEO),--video '$(subst ','\'',$(value VIDEO))')

test: $(READY) tests/node_modules/.ready ## all tests
	@$(BIN)/pytest $(SIDE_BY_SIDE) $(PYTEST)

test-fast: $(READY) tests/node_modules/.ready ## the tests that take no time (PYTEST="-k name" chooses)
	@$(BIN)/pytest -n 2 --dist loadfile -m "not slow and not docker" $(PYTEST)

soak: $(READY) ## random DAGs both ways, going on where it stopped (EXAMPLES=5000 in all; kept in .airstep/soak)
	@$(BIN)/python -m tests.equivalence.soak --examples $(EXAMPLES)

faults: $(READY) ## a real Airflow put through each fault 10 times, an AWS fault lasting a minute; then docs/reliability.md
	@rm -f .airstep/faults.jsonl
	@$(BIN)/pytest tests/faults -o timeout=1800 --fault-times $(TIMES) --fault-seconds 60 \
	  --fault-records $(CURDIR)/.airstep/faults.jsonl $(PYTEST)
	@$(BIN)/python -m tests.faults.report .airstep/faults.jsonl

lint: $(READY) ## ruff, mypy and cfn-lint
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/cfn-lint containers/stacks/*.yaml benchmarks/stack.yaml

bench: $(READY) ## our operators beside the stock one, millions of items, the compiler beside Metaflow (an hour)
	@$(BIN)/python -m benchmarks

constraints: $(READY) ## lock requirements.txt anew
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-annotate --no-header \
	  --no-emit-index-url --no-emit-find-links --upgrade requirements.txt -o constraints.txt

clean: ## remove what was made here: .venv, caches, the demo's files
	@rm -rf $(VENV) .airstep .mypy_cache .pytest_cache .ruff_cache .hypothesis tests/node_modules

# The validator of state machines is an npm package; without Node its tests say that they were left out.
tests/node_modules/.ready: tests/package.json tests/package-lock.json
	@if command -v npm >/dev/null; then npm ci --prefix tests --silent --no-audit --no-fund && touch $@; \
	else echo "no npm here: the checks with asl-validator are left out"; fi
