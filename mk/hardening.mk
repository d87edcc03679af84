# Harnesses of docs/security.md that are not Go tests alone.

FUZZTIME ?= 60s

.PHONY: fuzz
fuzz: ## Fuzz every parser: FUZZTIME=60s each, FUZZ=NAME narrows it.
	@scripts/fuzz.sh $(FUZZTIME)

# The full table: fuzzing first, then every test called TestSoak and those that
# read FAIRLEAD_SOAK.
.PHONY: soak-harnesses
soak-harnesses:
	@FAIRLEAD_SOAK=$(or $(DURATION),10m) scripts/gotest.sh soak-harnesses -count=1 -timeout 0 ./test/schemathesis/... ./test/egress/... ./test/canary/...
soak: fuzz soak-harnesses
