# `make run` needs Python 3.11 or newer and nothing else; `make test` brings what it needs.
PYTHON ?= python3
TESTERS ?= 4 # tests at a time: most of them wait for speech, not for a core
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: run serve test bench lock audit pictures

run: .venv/run
	python -m transcribe.settings && exec flask run

serve: .venv/run
	$(shell sed -n 's/^web: //p' Procfile)

test: .venv/bench
	scripts/check
	python scripts/audit
	python -m pytest -m "not timed" -n $(TESTERS) --dist worksteal
	python -m pytest -m timed

# The app beside its peers, 40 minutes; PARTS=relay runs that part alone.
bench: .venv/bench
	python -m benchmarks $(PARTS)

# Pins what the requirements.in ask for.
lock: .venv/run
	scripts/lock

audit: .venv/test
	python scripts/audit

pictures: .venv/test
	python scripts/pictures

.venv/run: requirements.txt
	scripts/install-run $(PYTHON)
	touch $@

.venv/test: .venv/run tests/requirements.txt package-lock.json
	scripts/install-test
	touch $@

.venv/bench: .venv/test benchmarks/requirements.txt
	scripts/install-bench
	touch $@
