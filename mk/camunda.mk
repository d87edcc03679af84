# Camunda 8: the worker beside Camunda's connector runtime. Both targets need versitygw,
# which test/servers/versitygw.sh builds; the runtime needs a JDK 21 and Maven.

.PHONY: bench-camunda
bench-camunda: ## The Camunda worker beside Camunda's own runtime: CPU, memory, latency; minutes.
	@FAIRLEAD_SERVERS_INSTANCE=bench-camunda test/servers/versitygw.sh start && FAIRLEAD_SERVERS_INSTANCE=bench-camunda test/servers/versitygw.sh stop
	@FAIRLEAD_BENCH_CAMUNDA=1 go test -count=1 -timeout 0 -run '^TestBenchCamunda$$' -v ./test/camunda | grep -v -E "^(===|---|PASS|ok)"

.PHONY: replay-camunda
replay-camunda: ## Recorded jobs of Camunda's runtimes against the worker: CASES=upload.,secret. narrows.
	@FAIRLEAD_REPLAY=$(CASES) go test -count=1 -timeout 10m -run '^TestReplay$$' -v ./test/camunda | grep -v -E '^ *(===|---|PASS|ok)'
