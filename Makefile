# `make` lists the targets.

export PYTHONPATH := .:layers/common/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install -qq --require-hashes
LOCK := $(VENV)/bin/uv pip compile -q --universal --no-strip-extras --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock"
NODE := node_modules
EMBEDDED := tests/clients/embedded
# npm writes people's addresses into the lock; what it needs are versions and hashes.
NO_FUNDING := const fs = require("fs"), file = "package-lock.json", lock = JSON.parse(fs.readFileSync(file)); \
	for (const row of Object.values(lock.packages)) delete row.funding; \
	fs.writeFileSync(file, JSON.stringify(lock, null, 2) + "\n")

.DEFAULT_GOAL := help
.PHONY: help serve serve-isolated packages synth test check restore test-localstack audit fuzz bench simulate cost lint docs lock clean
.NOTPARALLEL:
.DELETE_ON_ERROR:

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-21s %s\n", $$1, $$2}'

serve: $(VENV)/.local-stamp ## run a whole workspace on this machine (Ctrl-C stops it)
	@exec $(PY) -m local

serve-isolated: $(VENV)/.dev-stamp ## the same, each function in processes of its own, made from its package
	@exec $(PY) -m local.isolated

packages: $(VENV)/.dev-stamp ## build what is deployed, in build/lambda
	@$(PY) -m infra.packages --target lambda --out build/lambda

synth: $(NODE)/.stamp $(VENV)/.dev-stamp ## make CloudFormation templates of the stacks, in build/cdk.out
	@JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20 $(NODE)/.bin/cdk synth --quiet
	@ls build/cdk.out/*.template.json

test: $(NODE)/.stamp build/embedded-chat/.stamp $(VENV)/.system-stamp lint ## everything: lint and all tests
	@echo "Testing: all of tests/"
	@$(PY) -m pytest tests -n 2 --reruns 1 -p tests.support.second_tries

check: lint ## lint and unit tests, in under two minutes
	@echo "Testing: tests/unit"
	@$(PY) -m pytest tests/unit -n 2

restore: $(VENV)/.local-stamp ## move in: DUMP, a folder of mongodump's, and FILES, a copy of the bucket
	@$(PY) -m local.restore "$(DUMP)" $(if $(FILES),--files "$(FILES)")

test-localstack: build/localstack/.stamp $(NODE)/.stamp $(VENV)/.dev-stamp ## what of the stacks LocalStack can judge
	@for profile in idle prod; do \
		JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20 $(NODE)/.bin/cdk synth --quiet \
			-c profile=$$profile -o build/cdk.$$profile || exit 1; \
	done
	@$(PY) -m rehearsals.localstack idle=build/cdk.idle prod=build/cdk.prod

audit: $(NODE)/.stamp $(VENV)/.dev-stamp ## known holes in the libraries that are locked
	@[ -x build/audit/bin/pip-audit ] || { $(PY) -m venv build/audit && \
		build/audit/bin/python -m pip install -qq pip-audit==2.10.1; }
	@$(PY) -m infra.audit

fuzz: $(NODE)/.stamp $(VENV)/.dev-stamp ## the message parser against Rocket.Chat's, then uploads, SECONDS (300) each, from SEED
	@$(PY) -m tests.markdown.fuzz --seconds $(or $(SECONDS),300) $(if $(SEED),--seed $(SEED))
	@$(PY) -m tests.upload.fuzz --seconds $(or $(SECONDS),300) $(if $(SEED),--seed $(SEED))

bench: $(if $(filter cold chat,$(BENCH)),,$(VENV)/.system-stamp) $(VENV)/.dev-stamp ## measure what has a bound, and fail where it is broken
	@$(PY) -m bench $(BENCH)

simulate: $(VENV)/.dev-stamp ## what a message costs in rooms of up to 100,000 listeners, on a modelled gateway; SEED
	@$(PY) -m bench.simulate $(SEED)

cost: $(VENV)/.dev-stamp ## work out what a workspace costs a month, in docs/cost.md
	@$(PY) -m infra.cost

lint: $(VENV)/.dev-stamp
	@echo "Checking: style, formatting, types, import order"
	@$(PY) -m ruff check -q .
	@$(PY) -m ruff format -q --check .
	@$(PY) -m mypy --no-error-summary
	@$(VENV)/bin/lint-imports --no-logo

docs: $(VENV)/.dev-stamp ## rewrite the documents that are generated from the code
	@$(PY) -m local.docs

lock: $(VENV)/.dev-stamp ## lock requirements/*.in and package.json again; UPGRADE=1 takes the newest versions
	@for name in run upload local dev; do \
		echo "Locking: requirements/$$name.txt"; \
		$(LOCK) $(if $(UPGRADE),--upgrade) requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done
	@for folder in . $(EMBEDDED); do \
		echo "Locking: package-lock.json in $$folder"; \
		(cd $$folder && npm $(if $(UPGRADE),update,install) --package-lock-only --loglevel=error >/dev/null && \
			node -e '$(NO_FUNDING)') || exit 1; \
	done

clean: ## remove the virtual environment, node_modules and all caches; the data folder stays
	@rm -rf $(VENV) $(NODE) $(EMBEDDED)/node_modules build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
	@echo "Removed $(VENV), $(NODE) and the caches. Kept the data folder, $${DATA_DIR:-./data}."

$(VENV)/.dev-stamp: requirements/dev.txt $(PY)
	@echo "Setting up: installing the libraries and the development tools (a minute or two)"
	@$(PIP) -r requirements/dev.txt
	@touch $(VENV)/.local-stamp $@

$(VENV)/.local-stamp: requirements/local.txt $(PY)
	@echo "Setting up: installing the libraries (a minute)"
	@$(PIP) -r requirements/local.txt
	@touch $@

# LocalStack as it was when it still ran without an account, in an environment of its own.
build/localstack/.stamp: $(VENV)/.dev-stamp
	@echo "Setting up: installing LocalStack (half a minute)"
	@$(VENV)/bin/uv venv -q --clear --python 3.11 build/localstack
	@$(VENV)/bin/uv pip install -q --python build/localstack/bin/python --exclude-newer 2025-09-20 \
		"localstack-core[runtime]==4.8.1"
	@touch $@

# Debian packages of servers that the tests start; nothing of theirs runs as a service here.
$(VENV)/.system-stamp: requirements/system.txt $(PY)
	@missing=; \
	for name in $$(cat $<); do dpkg -s $$name >/dev/null 2>&1 || missing="$$missing $$name"; done; \
	if [ -n "$$missing" ]; then \
		echo "Setting up: installing$$missing with apt-get"; \
		root=; [ "$$(id -u)" = 0 ] || root=sudo; \
		$$root apt-get update -qq && \
			DEBIAN_FRONTEND=noninteractive $$root apt-get install -qq --no-install-recommends \
			$$missing >/dev/null; \
	fi
	@touch $@

# What tests/ and the stacks run with Node.
$(NODE)/.stamp: package.json package-lock.json .npmrc
	@node -e 'process.exit(+(parseInt(process.versions.node) < 20))' 2>/dev/null && \
		npm --version >/dev/null 2>&1 || \
		{ echo "Setting up: Node 20 or newer with npm is needed to test with Node clients" >&2; exit 1; }
	@echo "Setting up: installing the Node packages that the tests run"
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

# The page with EmbeddedChat in it, and what drives the browser that the tests open it in.
build/embedded-chat/.stamp: $(NODE)/.stamp $(addprefix $(EMBEDDED)/,package.json package-lock.json .npmrc \
		vite.config.js src/index.html src/page.js)
	@echo "Setting up: building a page with EmbeddedChat (a minute)"
	@cd $(EMBEDDED) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@cd $(EMBEDDED) && node_modules/.bin/vite build --logLevel error
	@touch $@

# Without an interpreter (or with a link to one that has gone) the stamps mean nothing.
ifeq ($(realpath $(PY)),)
.PHONY: $(VENV)/.dev-stamp $(VENV)/.local-stamp
endif

# The first interpreter that is new enough and can make a virtual environment; PYTHON= overrides.
$(PY):
	@found=; lacking=; \
	for python in $(or $(PYTHON),python3.13 python3.12 python3.11 python3); do \
		$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		if $$python -c 'import ensurepip, venv' 2>/dev/null; then found=$$python; break; fi; \
		lacking=$${lacking:-$$($$python -c 'import sys; print("python%d.%d" % sys.version_info[:2])')}; \
	done; \
	if [ -z "$$found" ] && [ -n "$$lacking" ]; then \
		echo "Setting up: $$lacking lacks venv; on Debian or Ubuntu: apt install $$lacking-venv" >&2; \
		exit 1; \
	elif [ -z "$$found" ]; then \
		echo "Setting up: Python 3.11 or newer is needed, and none was found" >&2; \
		exit 1; \
	fi; \
	echo "Setting up: a virtual environment in $(VENV) with $$($$found --version)"; \
	rm -rf $(VENV) && $$found -m venv $(VENV)
