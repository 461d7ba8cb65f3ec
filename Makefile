# Two commands do all the set-up: `make run` prints the budget range of GPT-4, `make test` passes the tests.

PY ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: run test lint lock schema posteriors clean

run: $(READY)
	@$(BIN)/llmcost run gpt-4

test: $(READY)
	@$(BIN)/python -m pytest -q -n auto

lint: $(READY)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

# The stamp is written last, so a set-up that was killed begins again.
$(READY): pyproject.toml requirements.lock
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "llmcost needs Python 3.11 or later; '$(PY)' is not that. Try: make PY=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PY) -c 'import venv, ensurepip' 2>/dev/null \
		|| { echo "'$(PY)' has no venv; on Debian: apt-get install python3-venv"; exit 1; }
	@echo "setting up .venv (about a minute, once)" >&2
	@$(PY) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

# For who changes dependencies: needs uv. One lock holds all supported Pythons, with hashes.
lock:
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		--group dev pyproject.toml -o requirements.lock

schema: $(READY)
	@$(BIN)/llmcost schema -o priors/schema.json

# What scenarios read of the evidence; a test notices when it is not up to date.
posteriors: $(READY)
	@for model in utilisation power discrepancy rental; do \
		$(BIN)/llmcost calibrate $$model -q -o priors/posteriors/$$model.csv >/dev/null || exit; done

clean:
	rm -rf .venv
