# FEEL: the differential test and the benchmark beside the reference engine need a JDK
# and Maven; test/servers/feel-oracle.sh builds what they run into .cache.

.PHONY: bench-feel
bench-feel: ## FEEL beside the reference engine, CPU time per expression; ROUND=0.5 (seconds).
	@FEEL_BENCH=$(or $(ROUND),0.5) go test -count=1 -timeout 0 -run '^TestBenchBesideReference$$' -v ./feel

.PHONY: soak-feel
soak-feel: ## FEEL against the reference engine with expressions by chance: DURATION=30m.
	@FAIRLEAD_SOAK=$(or $(DURATION),30m) go test -count=1 -timeout 0 -run '^TestSoakLiveOracle$$' -v ./feel

.PHONY: fuzz-feel
fuzz-feel: ## Fuzz FEEL's parser, evaluator and regular expressions: FUZZTIME=1m each.
	@for f in FuzzParse FuzzEvaluate FuzzPattern; do \
	  go test -run '^$$' -fuzz "^$$f$$" -fuzztime $(or $(FUZZTIME),1m) ./feel || exit 1; done

.PHONY: feel-generate
feel-generate: ## Write docs/feel/functions.md from the reference of the functions.
	@UPDATE_GOLDEN=1 go test -count=1 -run '^TestGoldenReference$$' ./feel
