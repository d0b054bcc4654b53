# ejmx. `make demo` and `make test` need Go and make alone; `make help` lists everything.

GO ?= go
BIN := bin/ejmx$(shell $(GO) env GOEXE)
TARGETS := darwin/arm64 windows/amd64
export CGO_ENABLED ?= 0
# As what is handed out is built, so that whatever follows finds all packages compiled.
export GOFLAGS := -trimpath $(GOFLAGS)

.PHONY: help build demo test race check lint format cross bench microbench fuzz torture dist image screenshots clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

build: ## build bin/ejmx
	$(GO) build -o $(BIN) ./cmd/ejmx

demo: build ## make a made-up season, serve it, export it into ./demo
	$(BIN) demo --out demo

test: ## run the tests
	$(GO) test -timeout 30m ./...

# Under the race detector all takes ten times as long. So it is for packages that do several things at once, which none can
# without one of these imports; of runs of the whole program, those that do most at once are enough; what real documents
# become is made by workers that do one thing at a time; and memory measured there is the detector's own.
CONCURRENT := sync|sync/atomic|golang.org/x/sync/errgroup
RACED := ^Test(Export|ExportWithFaults|ASeasonGoesBy|Interrupted|UnattendedWithProblems|NoGoroutineOutlivesACommand|Window.*)$$
race: ## run the tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -timeout 30m -skip '^Test(RealPDFs|MemoryOf.*)$$' \
		$$($(GO) list -f '{{.ImportPath}} {{join .Imports " "}} ' ./... | grep -E ' ($(CONCURRENT)) ' | cut -d' ' -f1 | grep -v /cmd/ejmx$$)
	CGO_ENABLED=1 $(GO) test -race -timeout 30m -run '$(RACED)' ./cmd/ejmx

check: format lint race cross ## everything a change must pass

format:
	@test -z "$$($(GO) -C tools tool gofumpt -l $(CURDIR))" || { $(GO) -C tools tool gofumpt -d $(CURDIR); exit 1; }
	$(GO) vet ./...
	$(GO) fix -diff ./...
	$(GO) -C dist vet ./...

lint:
	$(GO) build -C tools -o $(CURDIR)/bin/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	bin/golangci-lint run ./...

cross: ## build for every system, and see that the tests would build on those that are not this one
	@for t in $(TARGETS); do \
		echo "build $$t"; export CGO_ENABLED=0 GOOS=$${t%/*} GOARCH=$${t#*/}; \
		$(GO) build -o /dev/null ./cmd/ejmx || exit 1; \
		[ $$GOOS = $$($(GO) env GOHOSTOS) ] || $(GO) vet ./... || exit 1; done

DIST_TARGETS := linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64,windows/arm64
dist: ## build what is handed out, for every system, into bin/dist
	$(GO) -C dist run . -out $(CURDIR)/bin/dist -targets $(DIST_TARGETS)

image: ## build the container image, where docker or podman runs
	@for tool in docker podman; do \
		command -v $$tool >/dev/null && exec $$tool build -f dist/Dockerfile -t ejmx .; done; \
	echo "there is neither docker nor podman on this computer"; exit 1

FUZZTIME ?= 15s
FUZZJOBS ?= 2
fuzz: ## run every fuzz target for FUZZTIME, FUZZJOBS packages at a time
	@$(GO) list ./... | GO="$(GO)" FUZZTIME=$(FUZZTIME) xargs -P $(FUZZJOBS) -n 1 tools/fuzz.sh

torture: ## try to break the program for some hours, and write docs/reliability.md
	EJMX_REQUIRE_TOOLS=1 $(GO) run ./torture/reliability

bench: build ## measure against other programs, write docs/performance.md (ROWS=fetch,decode QUICK=1)
	$(GO) run ./internal/bench -bin $(BIN) $(if $(ROWS),-rows $(ROWS)) $(if $(QUICK),-quick)

microbench: ## run the packages' own benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./...

screenshots: build ## make the pictures of the documents anew (wants chromium, LibreOffice, poppler-utils)
	docs/pictures/make.sh

clean: ## remove what make made
	rm -rf bin demo
