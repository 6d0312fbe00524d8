# make demo · make test · make lint · make bench — everything is set up on first use, in .venv
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast lint bench constraints clean

# The newest Python that Airflow supports; PYTHON=… chooses another.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.14 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV := uv==0.13.8

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
