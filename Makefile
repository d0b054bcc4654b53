# ejmx. `make demo` and `make test` need Go and make alone; `make help` lists everything.

GO ?= go
BIN := bin/ejmx$(shell $(GO) env GOEXE)
export CGO_ENABLED ?= 0
# As what is handed out is built, so that whatever follows finds all packages compiled.
export GOFLAGS := -trimpath $(GOFLAGS)

.PHONY: help build demo test race check lint format cross bench microbench fuzz torture dist image screenshots clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

build: ## build bin/ejmx
	$(GO) build -ldflags="-s -w" -o $(BIN) ./cmd/ejmx

demo: build ## make a made-up season, serve it, export it into ./demo
	$(BIN) demo --out demo

# The longest first, so that all processors have something to do to the end. What go vet finds, lint finds.
test: ## run the tests
	$(GO) test -vet=off -timeout 30m ./torture ./cmd/ejmx ./packet ./...

# Under the race detector all takes ten times as long. So it is for packages that do several things at once, which none can
# without one of these imports; not for tests of what one goroutine does with much input, or of what the program costs; and of
# runs of the whole program for those that do most at once.
CONCURRENT := sync|sync/atomic|golang.org/x/sync/errgroup|github.com/ejmx/ejmx/internal/abreast
ALONE := ^Test(.*PDFs|Bombs|Front.*|LibreOffice|Browser(List|Candidate|Widths|Hostile|LargeList|Accessible)|DocumentsCanBeReadByOthers|TheSameSeasonEachTime|EveryFlippedByteIsFoundAndNamed|ManyFiles|AgeVectors|CopyIsProvenAndNotSentTwice|NothingIsUnpackedOfADamagedSeal|MemoryOf.*|.*CostsNoMemory|.*CostNoMemory|.*CostNoMoreThanOne)$$
RACED := ^Test(ExportWithFaults|ASeasonGoesBy|Interrupted|UnattendedWithProblems|NoGoroutineOutlivesACommand|WindowFromFirstStartToResults)$$
race: ## run the tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -vet=off -timeout 30m -skip '$(ALONE)' \
		$$($(GO) list -f '{{.ImportPath}} {{join .Imports " "}} ' ./... | grep -E ' ($(CONCURRENT)) ' | cut -d' ' -f1 | grep -v /cmd/ejmx$$)
	CGO_ENABLED=1 $(GO) test -race -vet=off -timeout 30m -run '$(RACED)' ./cmd/ejmx

check: lint race cross ## everything a change must pass

# One program for all that is to be seen without running anything: go vet, staticcheck, newer ways of the language (go fix), form.
LINT := $(CURDIR)/bin/golangci-lint
$(LINT): tools/go.mod
	$(GO) build -C tools -o $(LINT) github.com/golangci/golangci-lint/v2/cmd/golangci-lint

lint: $(LINT) ## look for mistakes, and whether the code is in form
	$(LINT) fmt --diff
	$(LINT) run ./...
	cd dist && $(LINT) run ./...

format: $(LINT) ## put the code into form
	$(LINT) fmt

cross: ## build for other systems, and see that the tests would build on the one that differs most
	GOOS=darwin GOARCH=arm64 $(GO) build -o /dev/null ./cmd/ejmx
	GOOS=windows GOARCH=amd64 $(GO) build -o /dev/null ./cmd/ejmx
	GOOS=windows GOARCH=amd64 $(GO) vet ./...

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
