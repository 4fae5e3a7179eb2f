# Everything that people and CI run. `make` alone says what there is.
GO ?= go
STATICCHECK ?= $(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: help build test lint verify upstream generate bench fuzz

help:
	@echo 'build     the command, into bin/'
	@echo 'test      unit, script, golden, layering and property tests'
	@echo 'lint      gofmt, vet, staticcheck; cue fmt and vet of schema and overlays'
	@echo 'verify    rendered/ is what overlays/ gives'
	@echo 'upstream  custom resources against the CRDs of their owners'
	@echo 'generate  docs, goldens and rendered/, anew'
	@echo 'bench     1, 50 and 1,000 clusters, beside helm template (minutes)'
	@echo 'fuzz      each fuzz target for a minute'

build:
	$(GO) build -trimpath -o bin/meshgen ./cmd/meshgen

test:
	$(GO) test ./...

lint:
	gofmt=$$($(GO) env GOROOT)/bin/gofmt; unformatted=$$($$gofmt -l cmd internal schema test) && test -z "$$unformatted" || { echo "not as gofmt has it, or no gofmt: $$unformatted"; exit 1; }
	$(GO) vet ./...
	$(STATICCHECK) ./...
	$(GO) tool cue fmt --check ./schema/... ./overlays/... ./internal/preset/presets/...
	$(GO) tool cue vet -c ./schema/... ./overlays/... ./internal/preset/presets/...

verify:
	$(GO) run ./cmd/meshgen verify

upstream:
	$(GO) -C test/upstream test -count=1 ./...

generate:
	MESHGEN_UPDATE=1 $(GO) test ./...

bench:
	$(GO) run ./test/bench

fuzz:
	$(GO) test -run '^$$' -fuzz FuzzLoad -fuzztime 60s ./internal/load
	$(GO) test -run '^$$' -fuzz FuzzPatch -fuzztime 60s ./internal/overlay
