# Element templates in a Modeler. Needs Node 20.19 and Chromium, as test-web does, and
# for what is saved the engines of test/servers/camunda.sh.

.PHONY: test-modeler
test-modeler: ## Element templates: Camunda's validator, a Modeler in a browser, its diagrams on real engines.
	@scripts/test-modeler.sh all

# The engines have their part in test-servers.
.PHONY: test-modeler-browser
test-modeler-browser:
	@scripts/test-modeler.sh browser
