# make demo   sets everything up and runs the main job: a made-up network, from its files to the report
# make test   sets everything up and passes the tests
# make check  style, types, architecture     make bench  benchmarks     make clean  forgets the set-up and the demo

SHELL := /bin/sh
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
DEMO_EXTRAS := dashboards
ALL_EXTRAS := airflow,aws,dashboards,quality,spark,dev

# Byte code is worth keeping: without it some libraries take ten times as long to import.
unexport PYTHONDONTWRITEBYTECODE
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export UV_LINK_MODE := copy

.PHONY: demo test check bench clean

demo: $(VENV)/.installed-demo
	$(BIN)/netlake demo

test: $(VENV)/.installed-all
	$(BIN)/pytest

check: $(VENV)/.installed-all
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.installed-all
	$(BIN)/python benchmarks/ingest.py

clean:
	rm -rf $(VENV) lake demo

$(BIN)/python:
	@if command -v uv >/dev/null 2>&1; then uv venv --quiet --python $(PYTHON) $(VENV); \
	else $(PYTHON) -m venv $(VENV); fi

# What the demo needs is little; all extras are some 2 GB. Whoever has all has what the demo needs.
$(VENV)/.installed-demo: pyproject.toml constraints.txt | $(BIN)/python
	@test -e $(VENV)/.installed-all && test ! pyproject.toml -nt $(VENV)/.installed-all \
	  && test ! constraints.txt -nt $(VENV)/.installed-all || $(MAKE) --no-print-directory install EXTRAS=$(DEMO_EXTRAS)
	@touch $@

$(VENV)/.installed-all: pyproject.toml constraints.txt | $(BIN)/python
	@$(MAKE) --no-print-directory install EXTRAS=$(ALL_EXTRAS)
	@touch $@

.PHONY: install
install:
	@echo "installing netlake[$(EXTRAS)] into $(VENV) …"
	@if command -v uv >/dev/null 2>&1; then \
	  uv pip install --quiet --python $(BIN)/python --compile-bytecode -c constraints.txt -e '.[$(EXTRAS)]'; \
	else $(BIN)/python -m pip install --quiet -c constraints.txt -e '.[$(EXTRAS)]'; fi
