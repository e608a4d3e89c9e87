# `make run` needs Python 3.11 or newer and nothing else; `make test` brings what it needs.
PYTHON ?= python3
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: run serve test pictures

run: .venv/run
	python -m transcribe.settings && exec flask run

serve: .venv/run
	$(shell sed -n 's/^web: //p' Procfile)

test: .venv/test
	scripts/check
	python -m pytest

pictures: .venv/test
	python scripts/pictures

.venv/run: requirements.txt
	scripts/install-run $(PYTHON)
	touch $@

.venv/test: .venv/run tests/requirements.txt package-lock.json
	scripts/install-test
	touch $@
