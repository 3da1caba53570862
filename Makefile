# Everything a person needs to start Fenghuo or to work on it. On the machine: Python 3.11 or newer, nothing else.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PINS   := deploy/constraints.txt deploy/install.sh pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help demo install test lint bench bench-kafka lock clean

help:
	@echo "make demo      a made-up brand, a simulated day that turns into a crisis, and the desk to watch it on"
	@echo "make install   the environment with all extras; the command is $(BIN)/fenghuo"
	@echo "make test      the tools that tests need, then lint, types and all tests"
	@echo "make lint      ruff, import-linter, mypy"
	@echo "make bench     how fast, as ratios measured in one run"
	@echo "make bench-kafka  the same on a Kafka broker that it starts (needs a JDK and Maven)"
	@echo "make lock      pins and hashes anew (needs uv)"
	@echo "make clean     removes what the others made"

demo: $(VENV)/.core
	@$(BIN)/fenghuo demo

install: $(VENV)/.all
	@echo "$(BIN)/fenghuo is ready"

# A file's tests stay together, since they share what they start; each process has a broker and a browser of its own.
PYTEST_ARGS ?= -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
test: $(VENV)/.dev $(VENV)/.tools
	@$(MAKE) --no-print-directory lint
	$(BIN)/pytest $(PYTEST_ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

bench: $(VENV)/.dev
	@$(BIN)/python -m tests.bench

# QUIX names an interpreter that holds quixstreams, to be measured beside.
QUIX ?=
bench-kafka: $(VENV)/.dev
	@$(BIN)/python -m tests.bench.kafka_speed $(if $(QUIX),--quix $(QUIX))

# A larger scope holds the smaller ones, so its stamp vouches for theirs.
$(VENV)/.core: $(PINS)
	@echo "Installing Fenghuo into $(VENV) (about ten seconds once the packages are in the cache)"
	@PYTHON="$(PYTHON)" deploy/install.sh $(VENV) core
	@touch $@

$(VENV)/.all: $(PINS)
	@echo "Installing Fenghuo and its extras into $(VENV)"
	@PYTHON="$(PYTHON)" deploy/install.sh $(VENV) all
	@touch $(VENV)/.core $@

$(VENV)/.dev: $(PINS)
	@echo "Installing Fenghuo, its extras and the tests' tools into $(VENV)"
	@PYTHON="$(PYTHON)" deploy/install.sh $(VENV) dev
	@touch $(VENV)/.core $(VENV)/.all $@

$(VENV)/.tools: tests/install-tools.sh $(VENV)/.dev
	@tests/install-tools.sh
	@touch $@

# One file for every platform and every Python from 3.11 on. It names no index: pip asks the one it is set up for.
# `--upgrade` is left to the person: make lock LOCK=--upgrade
UV ?= uv
LOCK ?=
lock:
	$(UV) pip compile pyproject.toml --all-extras --group build --group dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-annotate --no-header --quiet $(LOCK) --output-file deploy/constraints.txt

clean:
	rm -rf $(VENV) dist bench.json bench-kafka.json .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find services streams alerting tests -name __pycache__ -type d -prune -exec rm -rf {} +
