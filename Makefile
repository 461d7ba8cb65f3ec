# Two commands do all the set-up: `make run` prints the budget range of GPT-4, `make test` passes the tests.

PY ?= python3
BIN := .venv/bin
READY := .venv/.ready
# The lock is complete, so nothing is resolved: pip before 23.3, which Python 3.11 and 3.12 bring, would look for `coverage[toml]` beyond
# the pin of coverage, find a newer release and stop. Nothing is built either: a build takes its tools from the index, without a hash.
FROM_LOCK := -m pip install --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes -r requirements.lock

.PHONY: run test test-all lint generated kills fuzz pythons audit coverage mutants lock schema library references posteriors reports examples pages notebook clean

run: $(READY)
	@$(BIN)/llmcost run gpt-4

test: $(READY)
	@$(BIN)/python -m pytest -q -n auto --dist worksteal

# The same, where a missing browser or a missing LibreOffice is a failure, and no skipped test.
test-all: $(READY)
	@LLMCOST_REQUIRE=browser,office $(BIN)/python -m pytest -q -n auto --dist worksteal

lint: $(READY)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

# The stamp is written last, so a set-up that was killed begins again.
$(READY): pyproject.toml requirements.lock
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "llmcost needs Python 3.11 or later; '$(PY)' is not that. Try: make PY=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PY) -c 'import venv, ensurepip' 2>/dev/null \
		|| { echo "'$(PY)' has no venv; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "setting up .venv (about a minute, once)" >&2
	@$(PY) -m venv --clear .venv
	@$(BIN)/python $(FROM_LOCK) || { echo "set-up stopped: pip could not install requirements.lock (its reason is above);" \
		"the next make begins again. Without a network, see docs/how-to/install.md" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

# Fifty moments of each long command, some of all others; ten minutes.
kills: $(READY)
	@LLMCOST_MOMENTS=50 $(BIN)/python -m pytest -q -s -p no:randomly tests/cli/test_interruptions.py

# Made-up files against every reader, for a time; what fails is kept in tests/fuzz_cases/.
SECONDS ?= 600
fuzz: $(READY)
	@$(BIN)/python tests/fuzz.py --seconds $(SECONDS)

# The tests of the core and of the lock, on each supported Python that is here, each with the lock's packages in a folder of its own.
pythons:
	@for version in 3.11 3.12 3.13; do \
		python$$version -c 'import venv, ensurepip' 2>/dev/null || { echo "pythons: no Python $$version here"; continue; }; \
		test .venv-$$version/.ready -nt requirements.lock || { python$$version -m venv --clear .venv-$$version \
			&& .venv-$$version/bin/python $(FROM_LOCK) \
			&& touch .venv-$$version/.ready; } || exit 1; \
		echo "pythons: Python $$version"; \
		PYTHONPATH=. .venv-$$version/bin/python -m pytest -q -n 2 tests/engine/test_graph.py tests/engine/sampling tests/engine/test_accumulators.py \
			tests/engine/test_golden.py tests/distributions/test_distributions.py tests/model/test_properties.py tests/evidence/test_posterior_bits.py tests/test_lock.py || exit 1; \
	done

# Known advisories against the lock; without a network it says so and passes.
audit: $(READY)
	@test -x .venv-audit/bin/pip-audit || { $(PY) -m venv --clear .venv-audit && .venv-audit/bin/python -m pip install --quiet pip-audit; } \
		|| { rm -rf .venv-audit; echo "audit skipped: pip-audit cannot be installed here"; exit 0; }
	@test ! -x .venv-audit/bin/pip-audit || $(BIN)/python .ci/audit.py

# What of simulator/ the tests run through, in the processes they start too; without those in which nothing can be written, or in time.
coverage: $(READY)
	@$(BIN)/python -m pytest -q -n auto --dist worksteal --cov --cov-report=term:skip-covered --cov-fail-under=95 -k 'not full_disk and not H21b and not in_time'

# Small mistakes put into the core on purpose, and how many the tests see; hours for all, so `MUTANTS='simulator.engine.graph*'` takes a part.
MUTANTS ?=
mutants: $(READY)
	@$(BIN)/mutmut run --max-children 2 $(MUTANTS) && $(BIN)/mutmut results

# For who changes dependencies: needs uv. One lock holds all supported Pythons, with hashes; each has a wheel of every package.
lock:
	uv pip compile --universal --fork-strategy fewest --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		--group dev pyproject.toml -o requirements.lock
	@for python in 3.11 3.12 3.13 3.14; do for platform in x86_64-manylinux_2_28 aarch64-manylinux_2_28 aarch64-apple-darwin x86_64-pc-windows-msvc; do \
		uv pip install --quiet --dry-run --target .venv --python-version $$python --python-platform $$platform \
			--no-deps --only-binary=:all: --require-hashes -r requirements.lock || { echo "on Python $$python, $$platform" >&2; exit 1; }; \
	done; done

# Everything that is written by a program, each after what it reads, so never in parallel.
.NOTPARALLEL:
generated: posteriors schema library references examples pages notebook reports

schema: $(READY)
	@$(BIN)/llmcost schema -o priors/schema.json

# The tables of the library in priors/README.md.
library: $(READY)
	@$(BIN)/python tests/library_table.py

# The pages of docs/reference/ on the public names, on every printed figure, and on levers.
references: $(READY)
	@$(BIN)/python tests/python_reference.py
	@$(BIN)/python tests/figures_reference.py
	@$(BIN)/python tests/quantities_reference.py
	@$(BIN)/python tests/levers_table.py
	@$(BIN)/python tests/price_rows_table.py

# The outputs in README.md and docs/.
examples: $(READY)
	@$(BIN)/python tests/readme.py

# What the main commands print at three widths, in tests/cli/golden/.
pages: $(READY)
	@$(BIN)/python tests/cli/golden_pages.py

# The outputs of docs/tutorial/analyst.ipynb.
notebook: $(READY)
	@$(BIN)/python tests/notebooks.py

# The reports in reports/; a test says when they are no longer what would be written.
reports: $(READY)
	@$(BIN)/python reports/make.py

# What scenarios read of the evidence; a test notices when it is not up to date.
posteriors: $(READY)
	@for model in utilisation power discrepancy rental serving; do \
		$(BIN)/llmcost calibrate $$model -q -o priors/posteriors/$$model.csv >/dev/null || exit; done

clean:
	rm -rf .venv
