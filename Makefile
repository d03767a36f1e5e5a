# `make` lists the targets with the comments beside them.

SWIFT  ?= swift
DEV    := .build/dev
CORE   := .build/core
MUSL   := .build/musl
VENV   := .build/venv
SOURCES := Sources Tests Package.swift
IMAGE  ?= reeve

.DEFAULT_GOAL := help
.PHONY: help deps venv build release gateway dist docs site test unit unit-gateway conformance system lint fmt run bench measure image man clean current simulate

help: ## this list
	@echo "Reeve: a container init and process supervisor that speaks supervisord."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "First time here? make run    Before you submit a change: make test"

deps: ## install what building and testing need (Debian packages, a Python venv); quick if nothing is missing
	@scripts/deps build test run examples
	@$(MAKE) --no-print-directory venv

venv: $(VENV)/.done

$(VENV)/.done: Tests/requirements.txt
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet -r $<
	@touch $@

build: ## build ordinary Swift, as the unit tests use it; warnings are errors
	@scripts/deps build
	$(SWIFT) build --scratch-path $(DEV)

release: ## build static executables of init and ctl in dist/; ARCH=arm64 cross-builds on x86-64, in dist/arm64/
	@scripts/deps build
	@ARCH=$(ARCH) scripts/release "$(SWIFT)" "$(MUSL)" $(if $(ARCH),dist/$(ARCH),dist) init ctl $(if $(ARCH),,config-dump)

gateway: ## build the static executable for HTTP in dist/; the first build takes minutes, because of SwiftNIO
	@scripts/deps build
	@scripts/release "$(SWIFT)" "$(MUSL)" dist gateway

dist: release gateway ## pack the executables for a release, in dist/packages: archives, Debian packages, SBOM, checksums
	@if [ "$$(uname -m)" = x86_64 ]; then $(MAKE) --no-print-directory release ARCH=arm64; fi
	@scripts/dist dist $$([ "$$(uname -m)" != x86_64 ] || echo dist/arm64)

test: deps ## run everything: lint, unit tests, release for both architectures, conformance and system tests; ends with a total
	@python3 Tests/run.py

unit: ## run the unit tests of everything but the gateway; needs no packages and less than two minutes
	@scripts/deps build
	@python3 Tests/run.py unit

unit-gateway: ## run the unit tests of the gateway; the first build takes minutes, because of SwiftNIO
	@scripts/deps build
	@python3 Tests/run.py gateway-unit

conformance: deps ## build the release, run the scenarios side by side with supervisord; ARGS="-k backoff" goes to pytest
	@python3 Tests/run.py release conformance -- $(ARGS)

system: deps ## build the release, run the system tests; ARGS="-k orphans -x" goes to pytest
	@python3 Tests/run.py release system -- $(ARGS)

lint: ## check the style (make fmt), that no test sleeps or measures time, and that type names are unique
	$(SWIFT) format lint --strict -r $(SOURCES)
	@python3 Tests/habits.py
	@python3 Tests/type_names.py

fmt: ## rewrite the Swift files in the project's style
	$(SWIFT) format -i -r $(SOURCES)

run: ## run nginx, redis and a worker under init as PID 1, in their own namespaces; CHECK=1 tests them and exits
	@scripts/deps build run
	@$(MAKE) --no-print-directory current
	@examples/web/run $(if $(CHECK),--check)

bench: ## compare with supervisord, s6, runit, tini ... and the limit; rewrites docs/performance.md; ARGS="--quick --only term"
	@scripts/deps build test bench
	@$(MAKE) --no-print-directory venv
	@$(MAKE) --no-print-directory current
	@test -x dist/gateway || $(MAKE) --no-print-directory gateway
	@python3 Benchmarks/bench.py --supervisord $(VENV)/bin $(ARGS)

measure: venv ## build the images of examples/, before and after, and measure them; rewrites examples/README.md; ARGS="--only cron"
	@scripts/deps examples
	@$(MAKE) --no-print-directory current
	@test -x dist/gateway || $(MAKE) --no-print-directory gateway
	@$(VENV)/bin/python examples/measure $(ARGS)

# Brings dist/ up to date; without a compiler, uses executables that came with the checkout.
current:
	@if command -v $(SWIFT) >/dev/null; then \
	    echo "Building init and ctl"; said=$$($(MAKE) --no-print-directory release 2>&1) || { echo "$$said" >&2; exit 1; }; \
	else test -x dist/init -a -x dist/ctl || { echo "no $(SWIFT) here, and nothing in dist/" >&2; exit 1; }; fi

docs: release ## rewrite the tables of docs/keys.md from the keys that init knows, and the dashboard; a test fails when that is due
	@scripts/keys
	@scripts/dashboard

site: venv ## build the documentation site in .build/site, from docs/
	@NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --strict --quiet

man: docs ## rewrite man/ and completions/ from the executables' help and docs/keys.md; a test fails when that is due
	@scripts/man
	@scripts/completions

image: ## build the container image with docker, podman or buildah; IMAGE=name:tag
	@scripts/image "$(IMAGE)"

clean: ## remove everything that was built
	rm -rf .build dist

simulate: ## run the core in a simulated world; SIMULATION_SEED=N replays a seed, SIMULATION_STEPS=N sets the number of steps
	REEVE_WITHOUT_PACKAGES=1 $(SWIFT) test --scratch-path $(CORE) --disable-xctest --filter SimulationTests
