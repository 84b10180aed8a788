# The whole project from a clone: `make demo` gives generated digits, tones and sentences.
# Needs Python 3.11, 3.12 or 3.13, make and a C compiler.

PYTHON ?= python3
VENV ?= .venv
JOBS ?= 2

MMCLI = $(abspath $(VENV))/bin/mmcli
INSTALLED = $(VENV)/.installed
KEYPAD = $(MAKE) --no-print-directory -C examples/keypad -j $(JOBS) MMCLI="$(MMCLI)"

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install demo smoke test lint format bench docs clean distclean

help: ## Show this text
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(INSTALLED) ## Make the environment .venv and install mmcli into it

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { echo "error: $(PYTHON) is not Python 3.11, 3.12 or 3.13" >&2; echo "fix: make PYTHON=python3.13 ..." >&2; exit 4; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@
	@echo "mmcli is installed; to put it on the path of this shell:"
	@echo "  export PATH=\"$(patsubst %/,%,$(dir $(MMCLI))):\$$PATH\"    # for every shell: add this line to ~/.profile"

demo: $(INSTALLED) ## Run the whole pipeline on the keypad data set, all three targets
	@$(KEYPAD)
	@echo "open $(CURDIR)/examples/keypad/work/report/index.html"

smoke: $(INSTALLED) ## Run the same pipeline with a tiny configuration
	@$(KEYPAD) CONFIG=smoke.toml RAW=work/smoke/raw WORK=work/smoke

test: lint ## Check the style and the types, then run every test
	$(VENV)/bin/python -m pytest -q -n $(JOBS) -m "not tf"
	$(VENV)/bin/python -m pytest -q -n $(JOBS) --dist loadfile --no-loadscope-reorder -m tf

lint: $(INSTALLED) ## Check the style and the types
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

format: $(INSTALLED) ## Mend the style
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

bench: $(INSTALLED) ## Print the benchmark tables that need no data of others
	@set -e; for name in preprocess audio fuse search generate; do $(VENV)/bin/python benchmarks/$$name.py; done

docs: $(INSTALLED) ## Write docs/options.md from the options that the code declares
	$(VENV)/bin/python -m mmcli.cli.reference > docs/options.md

clean: ## Delete what the examples made, and caches
	$(MAKE) --no-print-directory -C examples/keypad clean
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist

distclean: clean ## Delete the environment as well
	rm -rf $(VENV)
