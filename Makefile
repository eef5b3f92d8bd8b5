# Everything works from a fresh clone. Only Go and make are needed, except for lint (which builds its tool once) and for what
# compares with other engines (lines marked with *), which needs Python 3, and for Flink and Kafka Java 17 and Maven.

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
SF      ?= 1
DATA    ?= benchmarks/data/sf$(SF)
RUNS    ?= 3
MEMORY  ?= 512MiB
PAIRS   ?= 5
QUERIES ?=
NEXMARK ?= q0,q1,q2,q3,q4,q5,q7,q8,q18
EVENTS  ?= 30000000
FILED   ?= 5000000
TPCDS   ?= benchmarks/data/tpcds-sf$(SF)
HITS    ?= benchmarks/data/hits
ROWS    ?= 10000000
STREAM  ?= benchmarks/data/nexmark-$(FILED)
BASE    ?= HEAD

# The product is pure Go. With cgo, Pebble would link a zstd in C, so the race detector, which needs cgo, asks for the Go one.
export CGO_ENABLED ?= 0
race  := CGO_ENABLED=1 go test -race -tags pebblegozstd,invariants -timeout 15m
peers := benchmarks/peers
comma := ,
venv  := .cache/peers
dsgen := .cache/tpcds
flink := .cache/flink
compare = $(venv)/bin/python $(peers)/native/compare.py --weir bin/weir --runs $(RUNS) --pairs $(PAIRS) $(if $(QUERIES),--only $(QUERIES))

.DEFAULT_GOAL := help

##@ Use

.PHONY: build
build: ## bin/weir, one static binary
	go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/weir ./cli/weir

.PHONY: run
run: build ## the demo: a batch job over TPC-H, and a streaming job that is killed and resumes
	bin/weir demo

##@ Prove

.PHONY: test
test: ## vet, and all tests that need Go alone (under 15 minutes on two cores)
	go vet ./...
	go test -timeout 15m -p 2 ./...

.PHONY: test-quick
test-quick: ## the same in under five minutes: a random part of the matrix of configurations
	go test -short -timeout 5m -p 2 ./...

.PHONY: race
race: ## the race detector on the rooms that have goroutines
	$(race) -short -p 2 $(patsubst %,./%/...,$(wildcard io state exec cli/gateway cli/rest))

.PHONY: lint
lint: ## room order, format, vet, staticcheck, exported comments (.golangci.yml)
	go tool -modfile=.ci/tools.mod golangci-lint run ./...

.PHONY: format
format: ## what lint wants of imports and layout
	go tool -modfile=.ci/tools.mod golangci-lint fmt ./...

.PHONY: ci
ci: ## lint, generated files, test, race, TPC-H and TPC-DS SF1 against DuckDB, a real broker (under 40 minutes on two cores)*
	.ci/run

##@ Measure

.PHONY: bench
bench: bench-tpch bench-tpcds bench-hits bench-nexmark bench-flink ## all of them*

.PHONY: bench-tpch
bench-tpch: build tpch-data ## TPC-H at SF beside DuckDB and Polars, in alternation; into benchmarks/results*
	$(compare) --suite tpch --data $(DATA) --scale $(SF) --memory 2GiB --out benchmarks/results/tpch-sf$(SF)

.PHONY: bench-tpcds
bench-tpcds: build tpcds-data ## TPC-DS at SF beside DuckDB*
	$(compare) --suite tpcds --data $(TPCDS) --scale $(SF) --memory 2GiB --engines weir,duckdb --out benchmarks/results/tpcds-sf$(SF)

.PHONY: bench-hits
bench-hits: build hits-data ## a wide table with strings beside DuckDB*
	$(compare) --suite hits --data $(HITS) --memory 4GiB --engines weir,duckdb --out benchmarks/results/hits

.PHONY: bench-spill
bench-spill: build tpch-data ## sorts, groups, joins and windows of SF in 512 MiB beside DuckDB; into benchmarks/results*
	$(venv)/bin/python $(peers)/native/spill.py --weir bin/weir --data $(DATA) --scale $(SF) --tmp $(DATA) --memory $(MEMORY) --out benchmarks/results/spill-sf$(SF)

.PHONY: bench-scale
bench-scale: build ## TPC-H with one core and all, at SF 1 and 10*
	$(MAKE) tpch-data SF=1
	$(MAKE) tpch-data SF=10
	mkdir -p benchmarks/results
	$(venv)/bin/python $(peers)/native/scale.py --weir bin/weir --small benchmarks/data/sf1 --large benchmarks/data/sf10 --runs $(RUNS) --out benchmarks/results/scale

.PHONY: bench-text
bench-text: build tpch-data ## CSV, JSON and Parquet, read and written, beside DuckDB*
	$(venv)/bin/python $(peers)/native/text.py --weir bin/weir --data $(DATA) --work benchmarks/data/text --out benchmarks/results/text

.PHONY: bench-nexmark
bench-nexmark: build ## Nexmark, EVENTS of the generator a query
	for q in $(subst $(comma), ,$(NEXMARK)); do bin/weir bench nexmark --query $$q --events $(EVENTS) --state pebble --checkpoint 500ms -p 2 --format json || exit; done

.PHONY: bench-flink
bench-flink: build $(flink)/.complete $(STREAM)/.complete ## Nexmark beside Flink, FILED events in the same files, in alternation; needs Java 17 and Maven*
	$(peers)/flink/compare-nexmark.py --weir bin/weir --flink $(flink) --data $(STREAM) --only $(NEXMARK) --checkpoint 500ms

.PHONY: bench-go
bench-go: ## the benchmarks of kernels and operators beside their code
	go test -run '^$$' -bench . -benchmem -p 1 $(patsubst %,./%/...,$(wildcard core io state exec))

.PHONY: bench-compare
bench-compare: ## the same of PKG="core/kernel ..." at BASE=HEAD and now, in alternation, judged by benchstat
	.ci/bench-compare $(BASE) $(PKG)

.PHONY: tpch-data
tpch-data: $(DATA)/.complete ## TPC-H as Parquet files, SF=1, into benchmarks/data/sf1*

$(DATA)/.complete: | $(venv)/.complete
	mkdir -p $(DATA)
	$(venv)/bin/tpchgen-cli parquet --scale-factor $(SF) --output-dir $(DATA) --overwrite
	touch $@

.PHONY: tpcds-data
tpcds-data: $(TPCDS)/.complete ## TPC-DS as Parquet files, SF=1, into benchmarks/data/tpcds-sf1*

$(TPCDS)/.complete: | $(venv)/.complete $(dsgen)/.complete
	$(dsgen)/bin/python $(peers)/native/tpcds_data.py --out $(TPCDS) --scale $(SF)
	touch $@

.PHONY: hits-data
hits-data: $(HITS)/.complete ## a wide table of web analytics as a Parquet file, ROWS, into benchmarks/data/hits*

$(HITS)/.complete: | $(venv)/.complete
	mkdir -p $(HITS)
	$(venv)/bin/python $(peers)/native/hits_like.py --out $(HITS)/hits.parquet --rows $(ROWS)
	touch $@

$(STREAM)/.complete: | build
	bin/weir bench nexmark --write $(STREAM) --events $(FILED) -p 2 --format parquet
	touch $@

$(flink)/.complete:
	$(peers)/flink/install.sh $(flink)
	touch $@

$(dsgen)/.complete: $(peers)/native/requirements-tpcds.txt
	$(peers)/native/setup.sh $(dsgen) $<
	touch $@

$(venv)/.complete: $(peers)/native/requirements.txt
	$(peers)/native/setup.sh $(venv)
	touch $@

##@ Other

.PHONY: clean
clean: ## removes what was built, not the data
	rm -rf bin dist

.PHONY: help
help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
