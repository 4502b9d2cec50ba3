# All commands. `make` alone lists them.
.DEFAULT_GOAL := help
.SUFFIXES:
.PHONY: up dev down reset status logs demo verify rollups redrive restore-drill seal open-retained rotate-webhook-key rotate-token-key metrics-token cost package deploy test test-changed prove prove-localstack test-moments clients screenshots contract chaos mutants check check-types check-rules check-template check-unit test-unit bench openapi format lock help

# Variables that you may set:  PORT=4570  STAGE=dev  TARGET=aws|localstack|embedded  ADMIN_EMAIL=you@example.com
PORT ?=
STAGE ?= local
TARGET ?= embedded
ADMIN_EMAIL ?=
FOLLOW ?=
MINUTES ?=
ID ?=
CUSTOMER ?=
REASON ?=
AT ?=
KEEP ?=
LEAKED ?=
PLAN ?=
CHANGE_SET ?=
FORCE ?=
ALL_AT_ONCE ?=
ALARMS ?=
ON_CALL ?=
TICKETS ?=
BUDGET ?=
SIZE ?=
CAUGHT_UP ?=
ACCOUNTS ?=
ORDERS ?=
MODULE ?=
MOMENT ?=
SAMPLE ?=
BASE ?= main
SEED ?=
WORKERS ?=
# Compiled modules halve the start of Python, here and in the functions of the emulator.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
READY := $(VENV)/.ready
PYTHON := $(VENV)/bin/python
FLORIN = $(PYTHON) -m infra
OPTIONS = --stage $(STAGE) --target $(TARGET) $(if $(PORT),--port $(PORT)) $(if $(ADMIN_EMAIL),--admin-email $(ADMIN_EMAIL))
ALARM_OPTIONS = $(if $(ALARMS),--alarms $(ALARMS)) $(if $(ON_CALL),--on-call "$(ON_CALL)") $(if $(TICKETS),--tickets "$(TICKETS)") $(if $(BUDGET),--budget $(BUDGET))
CODE := app.py chalicelib clearing_bank docs/verify_proof.py infra sampledata tests bench
CODE_HERE = $(wildcard $(CODE))
# Long test folders first, many short files last: so all processes end at about the same time.
SLOW_TESTS = $(wildcard tests/chaos tests/contract tests/property tests/workflow tests/console tests/infra tests/api tests/second_engine)
# Whoever adds an endpoint hears at once which tables of tests/api must know it.
UNIT_TESTS := tests/unit tests/api/http/test_call_counts.py::test_every_endpoint_has_its_price \
	tests/api/http/test_bad_input.py::test_every_body_has_a_right_example

# Lines that ran in the processes of the tests; what functions in the emulator ran is not counted.
COVERAGE := build/coverage
COVERAGE_MIN := 99
# `--immediate`: a probe turns itself off when its line has run once; on Python 3.11 the search for it took longer.
FORKED := -m pytest -p tests.fork_workers
measured = $(PYTHON) -m slipcover --immediate --source chalicelib --json --out $(COVERAGE)/$(1).json $(FORKED)

##@ Run the bank
up: $(READY) ## Start the bank on this machine, or update the running one (PORT=4570, TARGET=localstack)
	@$(FLORIN) up $(OPTIONS)

dev: $(READY) ## Start the bank, and deploy it again whenever a source changes
	@$(FLORIN) dev $(OPTIONS)

down: $(READY) ## Stop the bank and keep its state
	@$(FLORIN) down $(OPTIONS)

reset: $(READY) ## Stop the bank and delete its state
	@$(FLORIN) reset $(OPTIONS)

status: $(READY) ## Print the bank's address, state and admin password; in a shell: eval "$$(make --silent status)"
	@$(FLORIN) status $(OPTIONS)

logs: $(READY) ## Print the functions' logs of the last 15 minutes (MINUTES=120; FOLLOW=1: go on; ID=…: what belongs to an id)
	@$(FLORIN) logs $(if $(FOLLOW),--follow) $(if $(MINUTES),--minutes="$(MINUTES)") $(if $(ID),--id="$(ID)") $(OPTIONS)

demo: $(READY) ## Play a story of two customers over HTTP, in two minutes (SIZE=20: fill this bank with 20 people instead)
	@$(FLORIN) $(if $(SIZE),sandbox --size $(SIZE),demo) $(OPTIONS)

##@ Check the bank
verify: $(READY) ## Verify the ledger and the audit trail, and name the first broken link
	@$(FLORIN) verify $(OPTIONS)

rollups: $(READY) ## Rebuild report totals, risk profiles and search keys (CAUGHT_UP=yes: see docs/risk.md)
	@$(FLORIN) rollups $(if $(CAUGHT_UP),--caught-up) $(OPTIONS)

redrive: $(READY) ## Handle what the consumers of the stream have set aside, once it is mended
	@$(FLORIN) redrive $(OPTIONS)

restore-drill: $(READY) ## Restore a copy of the tables, verify it against the archive, and delete it (AT=2026-11-30T08:15:00Z, KEEP=yes)
	@$(FLORIN) restore-drill $(if $(AT),--at="$(AT)") $(if $(KEEP),--keep) $(OPTIONS)

seal: $(READY) ## Sign a digest of new entries now, as the schedule does every hour
	@$(FLORIN) seal $(OPTIONS)

open-retained: $(READY) ## Open an erased customer's retained identity, and record who did and why (CUSTOMER=cus_… REASON="…")
	@$(FLORIN) open-retained --customer="$(CUSTOMER)" --reason="$(REASON)" $(OPTIONS)

rotate-webhook-key: $(READY) ## Replace the key that signs webhook messages: run it, and again a day later (LEAKED=yes: at once)
	@$(FLORIN) rotate-webhook-key $(if $(LEAKED),--leaked) $(OPTIONS)

rotate-token-key: $(READY) ## Replace the key that signs access tokens: run it, and again 26 minutes later (LEAKED=yes: at once)
	@$(FLORIN) rotate-token-key $(if $(LEAKED),--leaked) $(OPTIONS)

metrics-token: $(READY) ## Print a token with which Prometheus reads GET /v1/metrics for a year (STAGE=dev)
	@$(FLORIN) metrics-token $(OPTIONS)

##@ Deploy
cost: $(READY) ## Print what the bank costs: this month (TARGET=aws), idle, and for a million of each operation (STAGE=prod)
	@$(FLORIN) cost $(OPTIONS)

package: $(READY) ## Write the CloudFormation template and its zip files to build/ (STAGE=dev)
	@$(FLORIN) package $(OPTIONS)

deploy: TARGET := aws
deploy: $(READY) ## Deploy with a change set: make deploy STAGE=dev|prod [TARGET=aws|localstack|embedded]
	@test "$(origin STAGE)" != file || { echo "Which stage? make deploy STAGE=dev (or prod)"; exit 2; }
	@$(FLORIN) deploy $(OPTIONS) $(ALARM_OPTIONS) $(if $(PLAN),--plan) $(if $(CHANGE_SET),--change-set $(CHANGE_SET)) $(if $(FORCE),--force) $(if $(ALL_AT_ONCE),--all-at-once)

##@ Check the code
check: $(READY) ## Check format, lint, types, import rules and templates, and run the unit tests, in 35 seconds
	@$(MAKE) --no-print-directory --jobs 2 check-types check-rules check-template check-unit

check-types: $(READY)
	@$(VENV)/bin/mypy $(CODE_HERE)

check-rules: $(READY)
	@$(VENV)/bin/ruff format --check --output-format concise --quiet $(CODE_HERE) || { echo "Run: make format"; exit 1; }
	@$(VENV)/bin/ruff check --quiet $(CODE_HERE)
	@report=$$($(VENV)/bin/lint-imports) || { echo "$$report"; exit 1; }

# While fragments, settings and build stay the same it takes a second.
check-template: $(READY)
	@$(PYTHON) -m infra.checks

check-unit: $(READY)
	@$(PYTHON) $(FORKED) --hypothesis-profile=brief $(UNIT_TESTS)

ifdef TEST
test: $(READY)
	@$(PYTHON) -m pytest $(if $(findstring /,$(TEST)),"$(TEST)",-k "$(TEST)")
else
test: $(READY) ## Run everything that CI runs, in twelve minutes (TEST=tests/api/accounts/test_pins.py, …::test_x or test_x: only these)
	@mkdir -p $(COVERAGE)
	@$(PYTHON) -m tests.console.browsers
	@$(MAKE) --no-print-directory --jobs 2 check-types check-rules check-template test-unit
	@$(call measured,others) --mostly-waiting -m "not npm" $(SLOW_TESTS)
	@$(PYTHON) -m slipcover --merge $(COVERAGE)/unit.json $(COVERAGE)/others.json --out $(COVERAGE)/all.json \
		--fail-under $(COVERAGE_MIN) > $(COVERAGE)/report.txt \
	&& echo "Lines of chalicelib, not run, run in %:$$(tail -1 $(COVERAGE)/report.txt | cut -c 52-) ($(COVERAGE)/report.txt)" \
	|| { echo "Tests run fewer than $(COVERAGE_MIN) % of the lines: $(COVERAGE)/report.txt names the lines left."; exit 1; }
endif

test-unit: $(READY)
	@$(call measured,unit) $(UNIT_TESTS)

test-changed: $(READY) ## Run the tests in the folders named like those that changed since BASE=main; a first look, not a proof
	@tests=$$($(PYTHON) -m tests.changed $(BASE)) || exit 1; \
	if [ -z "$$tests" ]; then echo "No test concerns what changed since $(BASE)."; exit; fi; \
	echo $$tests; $(PYTHON) $(FORKED) $$tests

prove: $(READY) ## Compare the ledger with a plain model in random steps (MINUTES=5, EXAMPLES=1000, SEED=7, FAULTS=0.3)
	@$(PYTHON) -m tests.property

properties: $(READY) ## Try the rules of unit tests with new random examples (EXAMPLES=1000, SEED=7)
	@EXAMPLES="$(EXAMPLES)" $(PYTHON) $(FORKED) -m hypothesis --hypothesis-profile=new $(if $(SEED),--hypothesis-seed="$(SEED)") tests/unit

prove-localstack: $(READY) ## Deploy to LocalStack's open runtime, which it installs, and test the bank there (PORT=4566: a running one)
	@$(PYTHON) -m infra.localstack.prove $(if $(PORT),--port $(PORT))

clients: $(READY) ## Pay with generated Python and TypeScript clients, and check the console's JavaScript (installs Node.js once)
	@$(PYTHON) -m pytest tests/api/clients tests/console/test_source.py

screenshots: $(READY) ## Take the pictures of docs/console.md again, in a browser
	@SCREENSHOTS=yes $(PYTHON) -m pytest tests/console/test_screenshots.py

contract: $(READY) ## Call the deployed API with generated requests (EXAMPLES=50, SEED=7)
	@$(PYTHON) -m pytest tests/contract

chaos: $(READY) ## Test concurrency and faults at several times the scale of `make test` (CHOICES=600, TRANSFERS=400, PAYMENTS=1000, SEED=7)
	@CHOICES="$(or $(CHOICES),600)" TRANSFERS="$(or $(TRANSFERS),400)" PAYMENTS="$(or $(PAYMENTS),1000)" \
		$(PYTHON) -m pytest --timeout 1800 tests/chaos tests/workflow/payments/test_concurrency.py \
		tests/workflow/clearing/test_payment_files.py

test-moments: $(READY) ## Run the tests of rules and endpoints as on a holiday, a leap day and the like (MOMENT=2027-03-28T00:58Z: at one)
	@$(PYTHON) -m tests.moments $(MOMENT)

mutants: $(READY) ## Change the core wrongly in small ways, and list what no unit test notices (MODULE=posting, SAMPLE=200, WORKERS=1)
	@$(PYTHON) -m tests.mutants $(if $(MODULE),--module "$(MODULE)") $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED)) $(if $(WORKERS),--workers $(WORKERS))

bench: $(READY) ## Measure what operations and runs cost (ACCOUNTS=100000, ORDERS=100000: only the run of interest, or of orders)
	@$(PYTHON) -m bench $(if $(ACCOUNTS),interest $(ACCOUNTS))$(if $(ORDERS),orders $(ORDERS))

##@ Change the code
openapi: $(READY) ## Write docs/openapi.json and docs/permissions.md from the routes
	@$(FLORIN) openapi $(OPTIONS)

format: $(READY) ## Format the code and apply the fixes of the linter
	@$(VENV)/bin/ruff check --fix --quiet $(CODE_HERE)
	@$(VENV)/bin/ruff format --quiet $(CODE_HERE)

lock: $(READY) ## Pin the packages of requirements*.in again (UPGRADE=--upgrade: newer versions)
	@$(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 $(UPGRADE) requirements.in --output-file requirements.txt
	@$(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 $(UPGRADE) requirements-statements.in --output-file requirements-statements.txt
	@$(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 $(UPGRADE) requirements-dev.in --output-file requirements-dev.txt
	@$(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 $(UPGRADE) infra/checks/requirements.in --output-file infra/checks/requirements.txt
	@$(VENV)/bin/uv pip compile --quiet --generate-hashes --python-version 3.13 $(UPGRADE) infra/localstack/requirements.in --output-file infra/localstack/requirements.txt
	@$(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 $(UPGRADE) tests/api/clients/requirements.in --output-file tests/api/clients/requirements.txt
	@$(PYTHON) -m tests.api.clients.generators

help: ## List the commands
	@awk -F ':.*## ' '/^##@ / { print "\n" substr($$0, 5) } /^[a-z-]+:.*## / { gsub(/\$$\$$/, "$$", $$2); printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# uv installs in seconds. If it cannot reach the index that pip.conf names, pip installs the same, more slowly.
$(READY): requirements-dev.txt infra/find-python.sh
	@started=$$(date +%s); echo "▸ Virtual environment with pinned packages"; \
	python=$$(sh infra/find-python.sh) || exit 1; \
	"$$python" -m venv $(VENV) \
	&& sed -n '/^uv==/,/^    #/p' requirements-dev.txt > $(VENV)/uv.txt \
	&& $(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $(VENV)/uv.txt \
	&& { $(VENV)/bin/uv pip install --quiet --python $(PYTHON) --requirement requirements-dev.txt \
	     || $(PYTHON) -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt; } \
	&& touch $@ && echo "  ✓ $$(( $$(date +%s) - started )) s"
