# What a person does with Lindero, each in one word. CONTRIBUTING.md says more.

PYTHON ?= python3
PORT ?= 8000
DATA ?= var
WORKERS ?= 2
TEST_POSTGRESQL ?= postgres://postgres@127.0.0.1/lindero
LEAST_COVERAGE ?= 95

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
MANAGE := $(PY) manage.py
PYTEST := $(PY) -m pytest -n auto --durations=15
LOCK := $(VENV)/bin/uv pip compile --quiet --python-version 3.11 --universal --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

# The locks are complete, so pip resolves nothing: it would look at newer versions, for extras that
# the locks leave out, and refuse what has no hash.
INSTALL := $(PIP) install --no-deps --require-hashes

# Stamps: their dates tell what is installed already.
RUNTIME := $(VENV)/.runtime
TOOLS := $(VENV)/.tools
PEERS := benchmarks/.venv/.peers
ASSETS := build/.assets

# Whoever keeps no compiled files compiles everything anew in each process that is started.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run dev setup test test-browser test-postgresql test-slow test-all lint format screenshots messages bench lock clean

help:
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' Makefile | expand -t 24

run: export DEVELOPMENT = 1
run: export DEMONSTRATION = 1
run: export DATA := $(DATA)
run: export SITE_URL := http://127.0.0.1:$(PORT)
run: $(RUNTIME) $(ASSETS) ## try Lindero with demonstration data (PORT=8000, DATA=var)
	@$(MANAGE) migrate --verbosity 0
	@test -e "$(DATA)/.demo" || { $(MANAGE) load_demo && touch "$(DATA)/.demo"; }
	@cat docs/administration/demo.txt
	@printf '\n  Lindero is at http://127.0.0.1:%s/   (Ctrl-C ends it)\n\n' $(PORT)
	@trap 'kill $$worker $$server 2>/dev/null; { sleep 5; kill -9 $$worker $$server; } 2>/dev/null & \
		wait $$worker $$server 2>/dev/null' EXIT; trap 'exit 130' INT TERM; \
	$(MANAGE) work & worker=$$!; \
	$(VENV)/bin/gunicorn config.wsgi --bind 127.0.0.1:$(PORT) \
		--workers $(WORKERS) --threads 4 --log-level warning & server=$$!; \
	wait $$server

dev: export DEVELOPMENT = 1
dev: export DEBUG = 1
dev: export DATA := $(DATA)
dev: setup ## serve for working on it: reloads itself, shows errors in the page
	@$(MANAGE) migrate --verbosity 0
	@exec $(MANAGE) runserver --nostatic 127.0.0.1:$(PORT)

setup: $(TOOLS) $(ASSETS) ## install everything for working on Lindero

test: setup ## unit and page tests on SQLite
	$(PYTEST) -m "not browser and not slow"

test-browser: setup ## the pages in Chromium
	DJANGO_ALLOW_ASYNC_UNSAFE=1 $(PYTEST) -m browser

test-postgresql: setup ## all but the browser tests on TEST_POSTGRESQL, with coverage
	DATABASE_URL=$(TEST_POSTGRESQL) $(PYTEST) -m "not browser" \
		--cov --cov-report=term --cov-fail-under=$(LEAST_COVERAGE)

test-slow: setup ## long property, concurrency and crash tests, the rest of long tables, on SQLite
	$(PYTEST) -m "slow and not browser"

test-all: lint test test-slow test-browser test-postgresql ## every test and check there is

lint: setup ## style, types, migrations, deployment settings
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy .
	DEVELOPMENT=1 $(MANAGE) makemigrations --check --dry-run
	SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(50))') \
		ALLOWED_HOSTS=lindero.example $(MANAGE) check --deploy --fail-level WARNING

format: setup ## rewrite the style that a tool can
	$(VENV)/bin/ruff check --fix-only --exit-zero
	$(VENV)/bin/ruff format

screenshots: setup ## take the pictures of the README anew
	$(PY) docs/screenshots/take.py

messages: setup ## collect the words to translate into the catalogues of locale/
	@command -v xgettext >/dev/null || { echo "gettext is missing: apt-get install gettext"; exit 1; }
	DEVELOPMENT=1 $(MANAGE) makemessages --all --add-location file --ignore "build/*" --ignore "node_modules/*"

bench: $(TOOLS) $(ASSETS) $(PEERS) ## measure speed beside others (SIZE=10k, 100k or 1m; default all)
	@SIZE=$(SIZE) $(PY) -m benchmarks.run

lock: $(TOOLS) ## pin and hash what requirements*.in ask for
	$(LOCK) requirements.in --output-file requirements.txt
	$(LOCK) requirements-dev.in --output-file requirements-dev.txt
	$(LOCK) requirements-node.in --output-file requirements-node.txt
	$(LOCK) requirements-bench.in --output-file requirements-bench.txt
	npm install --package-lock-only

clean: ## remove what was installed and built; data stays
	rm -rf $(VENV) benchmarks/.venv node_modules build

$(PY):
	@command -v $(PYTHON) >/dev/null \
		|| { echo "Python is missing: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$(PYTHON) is too old: name a Python 3.11 or newer with make PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "venv is missing: apt-get install python3-venv"; exit 1; }
	@echo "Setting up; the first time takes about a minute."
	@$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.txt | $(PY)
	@$(INSTALL) -r requirements.txt
	@touch $@

$(TOOLS): requirements-dev.txt | $(PY)
	@$(INSTALL) -r requirements-dev.txt
	@touch $(RUNTIME) $@

# What Lindero is measured against, apart from what it runs on.
$(PEERS): requirements-bench.txt
	@$(PYTHON) -m venv benchmarks/.venv
	@benchmarks/.venv/bin/python -m pip --disable-pip-version-check --quiet install \
		--no-deps --require-hashes -r requirements-bench.txt
	@touch $@

$(ASSETS): package.json package-lock.json .npmrc requirements-node.txt $(wildcard assets/*) | $(PY)
	@assets/install
	@touch $@
