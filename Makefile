# Reeve: what can be done here. `make` prints the list; a target's text is the comment beside it.

SWIFT  ?= swift
DEV    := .build/dev
CORE   := .build/core
MUSL   := .build/musl
VENV   := .build/venv
SOURCES := Sources Tests Package.swift
IMAGE  ?= reeve

.DEFAULT_GOAL := help
.PHONY: help deps venv build release gateway test unit unit-gateway conformance system lint fmt run bench image man clean current simulate

help: ## this list
	@echo "Reeve: a container init and process supervisor that speaks supervisord."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "First time here? make run    Before a change is handed in: make test"

deps: ## install what building and testing need (Debian packages, a Python venv); quick when all is there
	@scripts/deps build test run
	@$(MAKE) --no-print-directory venv

venv: $(VENV)/.done

$(VENV)/.done: Tests/requirements.txt
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet -r $<
	@touch $@

build: ## ordinary Swift, warnings are errors: what the unit tests use
	@scripts/deps build
	$(SWIFT) build --scratch-path $(DEV)

release: ## static executables of init and ctl into dist/; ARCH=arm64 makes those of arm64 on x86-64, in dist/arm64/
	@scripts/deps build
	@ARCH=$(ARCH) scripts/release "$(SWIFT)" "$(MUSL)" $(if $(ARCH),dist/$(ARCH),dist) init ctl $(if $(ARCH),,config-dump)

gateway: ## the static executable that speaks HTTP into dist/; the first time takes minutes, for SwiftNIO
	@scripts/deps build
	@scripts/release "$(SWIFT)" "$(MUSL)" dist gateway

test: deps ## everything: lint, unit tests, release for both architectures, conformance, system tests; the last line is the sum
	@python3 Tests/run.py

unit: ## only the unit tests of everything but the gateway; no package needed, less than two minutes
	@scripts/deps build
	@python3 Tests/run.py unit

unit-gateway: ## only the unit tests of the gateway; the first time takes minutes, for SwiftNIO
	@scripts/deps build
	@python3 Tests/run.py gateway-unit

conformance: deps ## only release and the scenarios side by side with supervisord; ARGS="-k backoff" goes to pytest
	@python3 Tests/run.py release conformance -- $(ARGS)

system: deps ## only release and the system tests; ARGS="-k orphans -x" goes to pytest
	@python3 Tests/run.py release system -- $(ARGS)

lint: ## the style that `make fmt` gives, no sleep or stopwatch in a test, no type name twice, as a check
	$(SWIFT) format lint --strict -r $(SOURCES)
	@python3 Tests/habits.py
	@python3 Tests/type_names.py

fmt: ## rewrite the Swift files in the project's style
	$(SWIFT) format -i -r $(SOURCES)

run: ## nginx, redis and a worker under init as PID 1, in namespaces of their own; CHECK=1 asserts and exits
	@scripts/deps build run
	@$(MAKE) --no-print-directory current
	@examples/web/run $(if $(CHECK),--check)

bench: ## measure against supervisord, s6, runit, tini ... and the limit; rewrites docs/performance.md; ARGS="--quick --only term"
	@scripts/deps build test bench
	@$(MAKE) --no-print-directory venv
	@$(MAKE) --no-print-directory current
	@test -x dist/gateway || $(MAKE) --no-print-directory gateway
	@python3 Benchmarks/bench.py --supervisord $(VENV)/bin $(ARGS)

# dist/ of now; where executables came with the checkout and there is no compiler, as they are.
current:
	@if command -v $(SWIFT) >/dev/null; then \
	    echo "Building init and ctl"; said=$$($(MAKE) --no-print-directory release 2>&1) || { echo "$$said" >&2; exit 1; }; \
	else test -x dist/init -a -x dist/ctl || { echo "no $(SWIFT) here, and nothing in dist/" >&2; exit 1; }; fi

man: release ## rewrite man/ and completions/ from the help of dist/ and docs/keys.md; tests say when that is due
	@scripts/man
	@scripts/completions

image: ## the container image, IMAGE=name:tag (docker, podman or buildah)
	@scripts/image "$(IMAGE)"

clean: ## remove everything that was built
	rm -rf .build dist

simulate: ## the core in a simulated world; SIMULATION_SEED=N replays one seed, SIMULATION_STEPS=N makes more or fewer steps
	REEVE_WITHOUT_PACKAGES=1 $(SWIFT) test --scratch-path $(CORE) --disable-xctest --filter SimulationTests
