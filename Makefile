# Every command of the bank. `make` alone lists them.
.DEFAULT_GOAL := help
.SUFFIXES:
.PHONY: up down reset status logs demo verify rollups seal package deploy test prove contract mutants check check-types check-rules check-unit bench openapi format lock help

# Make variables that a person may set:  PORT=4570  STAGE=dev  TARGET=aws|localstack|embedded  ADMIN_EMAIL=you@example.com
PORT ?=
STAGE ?= local
TARGET ?= embedded
ADMIN_EMAIL ?=
SIZE ?=
CAUGHT_UP ?=
ACCOUNTS ?=
MODULE ?=
SAMPLE ?=
SEED ?=
# Without compiled modules every start of Python here, and of a function in the emulator, takes twice as long.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
READY := $(VENV)/.ready
PYTHON := $(VENV)/bin/python
FLORIN = $(PYTHON) -m infra
OPTIONS = --stage $(STAGE) --target $(TARGET) $(if $(PORT),--port $(PORT)) $(if $(ADMIN_EMAIL),--admin-email $(ADMIN_EMAIL))
CODE := app.py chalicelib docs/verify_proof.py infra sampledata tests bench
CODE_HERE = $(wildcard $(CODE))
# What takes longest goes first, file by file as they stand here, and the many small ones last: both workers end together.
SLOW_TESTS = $(wildcard tests/chaos tests/contract tests/property tests/workflow tests/infra tests/api tests/second_engine)

up: $(READY) ## Start the bank here, or bring the running one up to date (PORT=4566, TARGET=localstack)
	@$(FLORIN) up $(OPTIONS)

down: $(READY) ## Stop it; everything in it is kept
	@$(FLORIN) down $(OPTIONS)

reset: $(READY) ## Stop it and forget everything in it
	@$(FLORIN) reset $(OPTIONS)

status: $(READY) ## Say where it is and how it does; for a shell: eval "$$(make --silent status)"
	@$(FLORIN) status $(OPTIONS)

logs: $(READY) ## Show what the functions logged in the last 15 minutes
	@$(FLORIN) logs $(OPTIONS)

demo: $(READY) ## Tell the story of two customers over HTTP, and of a month's interest; SIZE=20 makes a town of people instead
	@$(FLORIN) $(if $(SIZE),sandbox --size $(SIZE),demo) $(OPTIONS)

verify: $(READY) ## Prove the ledger and the audit trail, or name the first broken link
	@$(FLORIN) verify $(OPTIONS)

rollups: $(READY) ## Make rollups and profiles afresh from the ledger, while the bank goes on (CAUGHT_UP=yes: docs/risk.md)
	@$(FLORIN) rollups $(if $(CAUGHT_UP),--caught-up) $(OPTIONS)

seal: $(READY) ## Make a digest now, as the schedule does every hour
	@$(FLORIN) seal $(OPTIONS)

package: $(READY) ## Write the CloudFormation template and its zips to build/ (STAGE=dev)
	@$(FLORIN) package $(OPTIONS)

deploy: TARGET := aws
deploy: $(READY) ## Deploy a stage with a change set: make deploy STAGE=dev|prod [TARGET=aws|localstack|embedded]
	@test "$(origin STAGE)" != file || { echo "Which stage? make deploy STAGE=dev (or prod)"; exit 2; }
	@$(FLORIN) deploy $(OPTIONS)

check: $(READY) ## Format, lint, types, import rules, unit tests; under half a minute
	@$(MAKE) --no-print-directory --jobs 2 check-types check-rules check-unit

check-types: $(READY)
	@$(VENV)/bin/mypy $(CODE_HERE)

check-rules: $(READY)
	@$(VENV)/bin/ruff format --check --output-format concise --quiet $(CODE_HERE) || { echo "Run: make format"; exit 1; }
	@$(VENV)/bin/ruff check --quiet $(CODE_HERE)
	@report=$$($(VENV)/bin/lint-imports) || { echo "$$report"; exit 1; }

check-unit: $(READY)
	@$(PYTHON) -m pytest --numprocesses 2 tests/unit

ifdef TEST
test: $(READY)
	@$(PYTHON) -m pytest $(if $(findstring /,$(TEST)),"$(TEST)",-k "$(TEST)")
else
test: check ## Run everything that CI runs, on emulators of its own; TEST=tests/api/accounts/test_pins.py (or ::a_test, or a name) one file or test
	@$(PYTHON) -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(SLOW_TESTS)
endif

prove: $(READY) ## Try the ledger against a model with random steps (MINUTES=5, EXAMPLES=1000, SEED=7, FAULTS=0.3, DYNAMODB_ENDPOINT=http://…)
	@$(PYTHON) -m tests.property

contract: $(READY) ## Try the deployed API with what Schemathesis makes up (EXAMPLES=50, SEED=7)
	@$(PYTHON) -m pytest tests/contract

mutants: $(READY) ## Try small wrong changes of the core on the unit tests, and list those that none notices (MODULE=posting, SAMPLE=200, SEED=7)
	@$(PYTHON) -m tests.mutants $(if $(MODULE),--module $(MODULE)) $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED))

bench: $(READY) ## Measure what an operation costs, and a month's interest; ACCOUNTS=100000 the interest of so many alone
	@$(PYTHON) -m bench $(if $(ACCOUNTS),interest $(ACCOUNTS))

openapi: $(READY) ## Write docs/openapi.json and docs/permissions.md from the routes
	@$(FLORIN) openapi $(OPTIONS)

format: $(READY) ## Rewrite the code in the house style
	@$(VENV)/bin/ruff check --fix --quiet $(CODE_HERE)
	@$(VENV)/bin/ruff format --quiet $(CODE_HERE)

lock: $(READY) ## Pin anew what requirements*.in ask for (UPGRADE=--upgrade for newer versions)
	@$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 $(UPGRADE) requirements.in --output-file requirements.txt
	@$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 $(UPGRADE) requirements-statements.in --output-file requirements-statements.txt
	@$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 $(UPGRADE) requirements-dev.in --output-file requirements-dev.txt

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { gsub(/\$$\$$/, "$$", $$2); printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# uv installs in seconds; where it cannot reach an index that pip.conf names, pip does the same slowly.
$(READY): requirements-dev.txt infra/find-python.sh
	@started=$$(date +%s); echo "▸ Virtual environment with pinned packages"; \
	python=$$(sh infra/find-python.sh) || exit 1; \
	uv=$$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements-dev.txt); \
	"$$python" -m venv $(VENV) \
	&& $(PYTHON) -m pip install --quiet --disable-pip-version-check "$$uv" \
	&& { $(VENV)/bin/uv pip install --quiet --python $(PYTHON) --requirement requirements-dev.txt \
	     || $(PYTHON) -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt; } \
	&& touch $@ && echo "  ✓ $$(( $$(date +%s) - started )) s"
