# Everything from a fresh clone with Python 3.11 or newer. README gives the plain lines for machines without make.
PYTHON ?= python3
BIN := .venv/bin
.PHONY: setup setup-dev run test test-machine test-postgres reliability tour check audit lock bench messages help

help:
	@echo "make run    set up and start Maestro with the simulator   make test   set up and run the tests"
	@echo "make check  lint, types, contracts, migrations, deploy    make audit  known weaknesses of dependencies"

setup: .venv/.runtime
setup-dev: .venv/.development

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.runtime: requirements.txt requirements.lock | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -c requirements.lock
	@touch $@

.venv/.development: requirements-dev.txt requirements.lock | .venv/.runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt -c requirements.lock
	@touch $@

run: setup
	MAESTRO_SIMULATOR=1 $(BIN)/python manage.py serve

test: setup-dev
	scripts/test

# What needs PostgreSQL, Redis, Chromium or a program that is not ours; says what it could not run.
test-machine: setup-dev
	scripts/test-machine

# Rows, constraints and races on PostgreSQL instead of SQLite.
test-postgres: setup-dev
	scripts/test-postgres

# Kills, races, lost databases in full; writes docs/reliability.md. Takes about 17 minutes on two cores.
reliability: setup-dev
	scripts/reliability

# Pictures of every point of the product, played in Chromium; writes docs/tour.md and docs/tour/.
tour: setup-dev
	$(BIN)/python -m tests.browser.tour

check: setup-dev
	scripts/check

audit: setup-dev
	scripts/audit

lock: setup-dev
	scripts/lock

bench: setup-dev
	scripts/bench

# Sentences for translators, and their compiled forms; needs GNU gettext.
messages: setup-dev
	scripts/messages
