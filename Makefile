# Fairlead. "make test" needs Go; everything else that a target needs, it installs
# into .cache, in the versions of versions.env. Areas add targets in mk/*.mk.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

include versions.env
-include mk/*.mk

ROOT := $(CURDIR)
BIN := $(ROOT)/.cache/bin
export PATH := $(BIN):$(PATH)

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION)

# Packages whose tests need servers are run by test-servers, everything else by test-go.
SERVER_PKGS := /test/((e2e|engines|servers)(/|$$)|camunda$$)
GO_PKGS = $(shell go list ./... | grep -v -E '$(SERVER_PKGS)')

.PHONY: help
help: ## List the targets.
	@grep -h -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | sort | expand -t 16

.PHONY: test
test: ## Everything: what needs only Go, what needs real servers, the console and a Modeler in a browser.
	@status=0; $(MAKE) test-web || status=1; $(MAKE) test-modeler-browser || status=1; $(MAKE) test-go || status=1; $(MAKE) test-servers || status=1; exit $$status

.PHONY: test-go
test-go: ## The tests that need only Go; the sandbox runs inside them.
	@scripts/gotest.sh go $(GOTESTFLAGS) $(GO_PKGS)

.PHONY: test-servers
test-servers: ## Install and start real servers, run the suites against them, stop them.
	@scripts/test-servers.sh $(GOTESTFLAGS)

.PHONY: race
race: ## test-go under the race detector; PKGS=./internal/run/... narrows it.
	@scripts/gotest.sh race -race $(GOTESTFLAGS) $(or $(PKGS),$(GO_PKGS))

.PHONY: lint
lint: lint-rules ## Architecture, house style and formatting; LINTFLAGS=--fix mends what can be mended.
	@$(BIN)/golangci-lint-$(GOLANGCI_LINT_VERSION) run $(LINTFLAGS) $(or $(PKGS),./...)

.PHONY: lint-rules
lint-rules: $(BIN)/golangci-lint-$(GOLANGCI_LINT_VERSION) ## Break each rule of the architecture on purpose: lint must say so.
	@GOLANGCI_LINT=$< scripts/verify-lint-rules.sh

.PHONY: fmt
fmt: $(BIN)/golangci-lint-$(GOLANGCI_LINT_VERSION) ## Format all Go files.
	@$< fmt

# UPDATE_GOLDEN makes golden tests write what they would have compared.
.PHONY: generate
generate: $(BIN)/sqlc ## Write again all that is derived: lists, pages, queries, golden files.
	@go generate ./...
	@mkdir -p .cache/test
	@UPDATE_GOLDEN=1 go test -count=1 -run Golden $(GO_PKGS) >.cache/test/generate.log 2>&1 || \
	  { grep -v -E 'no test files|no tests to run' .cache/test/generate.log; exit 1; }

.PHONY: verify
verify: $(BIN)/sqlc ## Fail if "make generate" or "make web" would change a file.
	@scripts/verify.sh
	@$(MAKE) verify-web

.PHONY: bench
bench: ## Benchmarks; PKGS=./internal/run/... narrows them.
	@go test -run '^$$' -bench . -benchmem $(BENCHFLAGS) $(or $(PKGS),$(GO_PKGS)) | grep -v -E '^(\?|PASS)'

# A soak test is called TestSoak... and takes its duration from FAIRLEAD_SOAK; without
# it, in "make test", it takes seconds.
.PHONY: soak
soak: ## Load, faults and kills for a long time: DURATION=1h.
	@FAIRLEAD_SOAK=$(or $(DURATION),10m) scripts/gotest.sh soak -count=1 -timeout 0 -run '^TestSoak' $(or $(PKGS),$(GO_PKGS))

.PHONY: dist
dist: ## The binary for others: static, stripped, with its version, checksum and list of modules.
	@scripts/dist.sh "$(VERSION)" "$(LDFLAGS)"

.PHONY: clean
clean: ## Remove what was built; installed tools and servers in .cache stay.
	@rm -rf dist .cache/test

# A tool carries its version in its name, so that a new version is installed anew.
$(BIN)/golangci-lint-$(GOLANGCI_LINT_VERSION):
	@echo "installing golangci-lint $(GOLANGCI_LINT_VERSION) into .cache/bin (minutes, once)"
	@mkdir -p $(BIN)/new
	@GOBIN=$(BIN)/new go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
	@mv $(BIN)/new/golangci-lint $@

$(BIN)/sqlc-$(SQLC_VERSION):
	@echo "installing sqlc $(SQLC_VERSION) into .cache/bin (minutes, once)"
	@mkdir -p $(BIN)/new
	@GOBIN=$(BIN)/new go install github.com/sqlc-dev/sqlc/cmd/sqlc@$(SQLC_VERSION)
	@mv $(BIN)/new/sqlc $@

# go:generate lines call it by its plain name, which PATH finds in .cache/bin first.
.PHONY: $(BIN)/sqlc
$(BIN)/sqlc: $(BIN)/sqlc-$(SQLC_VERSION)
	@ln -sf sqlc-$(SQLC_VERSION) $@
