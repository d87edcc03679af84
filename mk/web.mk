# The console. Its built form, web/dist, is committed, so that building the program
# needs no Node; these targets do (20.19 or newer).

.PHONY: web
web: ## Build the console anew: web/dist, its client of the API and its list of licences.
	@cd web && npm ci --no-audit --no-fund --loglevel=error
	@UPDATE_GOLDEN=1 go test -count=1 -run Golden ./web >/dev/null
	@cd web && npm run --silent client && npm run --silent licences && npm run --silent check && npm run --silent build

.PHONY: verify-web
verify-web: ## Fail if "make web" would change a file; compressed files count by what they hold.
	@scripts/verify-web.sh

.PHONY: test-web
test-web: ## The console in a real browser; TESTS="pages flows" narrows it.
	@scripts/test-web.sh $(TESTS)
