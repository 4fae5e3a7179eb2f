# Everything that people and CI run. `make` alone says what there is.
GO ?= go
STATICCHECK ?= $(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2

# By go run, and not by go tool, which compiles all of it anew under -trimpath.
CUE ?= $(GO) run cuelang.org/go/cmd/cue

# Without tables for debuggers, a test's program is linked in half the time.
TEST = $(GO) test -ldflags=-s

.PHONY: help build modules test lint verify upstream analysis generate bench fuzz kill vuln reproducible e2e e2e-accept e2e-minors e2e-place e2e-mean e2e-deliver

help:
	@echo 'build     the command, into bin/'
	@echo 'test      unit, script, golden, layering and property tests, without a network'
	@echo 'lint      gofmt, vet, staticcheck; cue fmt and vet of schema and overlays'
	@echo 'verify    rendered/ is what overlays/ gives'
	@echo 'upstream  custom resources against the CRDs of their owners'
	@echo 'analysis  every rendered cluster through the analyzers of istioctl (10 minutes to build)'
	@echo 'generate  docs, goldens and rendered/, anew'
	@echo 'bench     1, 50 and 1,000 clusters, beside helm template (minutes)'
	@echo 'fuzz      each fuzz target for a minute'
	@echo 'kill      rendering killed at 200 moments; on disks that are full or read-only'
	@echo 'vuln      known vulnerabilities of what is linked in'
	@echo 'reproducible  two builds with nothing in common, the same bytes (5 minutes)'
	@echo 'e2e       against real Kubernetes, Istio, Flux and Argo CD: e2e-accept, -place, -mean, -deliver'
	@echo '          (the first run builds them: half an hour on two cores, 14 GB of disk; each takes 3 GB of memory)'
	@echo 'e2e-minors    older minors of Kubernetes, which e2e leaves out'

build:
	$(GO) build -trimpath -buildvcs=false -o bin/meshgen ./cmd/meshgen

# What tests need is fetched first; then they run where there is no network. A
# system of its own has modules of its own, whose licences a test reads.
modules:
	$(GO) list -deps -test ./... > /dev/null
	for system in darwin windows; do GOOS=$$system $(GO) list -deps ./cmd/meshgen > /dev/null || exit; done

# Vet is left to lint, where it has more to say than go test lets it.
test: modules
	.ci/offline $(TEST) -vet=off ./...

lint:
	gofmt=$$($(GO) env GOROOT)/bin/gofmt; unformatted=$$($$gofmt -l cmd internal schema test) && test -z "$$unformatted" || { echo "not as gofmt has it, or no gofmt: $$unformatted"; exit 1; }
	$(GO) vet ./...
	$(STATICCHECK) ./...
	$(CUE) fmt --check ./schema/... ./overlays/... ./internal/preset/presets/...
	$(CUE) vet -c ./schema/... ./overlays/... ./internal/preset/presets/...

verify:
	$(GO) run ./cmd/meshgen verify

upstream:
	$(GO) -C test/upstream test -ldflags=-s -count=1 ./...

analysis:
	$(GO) -C test/analysis test -ldflags=-s -count=1 ./...

# The tests that hold files to what the program gives also write them. Those that
# are slow and write nothing skip themselves when they see -short.
generate: modules
	MESHGEN_UPDATE=1 .ci/offline $(TEST) -vet=off -short -skip '^Fuzz' $$(grep -rl --include='*_test.go' MESHGEN_UPDATE cmd internal test/licences | xargs -n1 dirname | sort -u | sed 's|^|./|')

bench:
	$(GO) run ./test/bench

# Every fuzz target that there is. FUZZTIME is how long each runs. What one finds
# stays in testdata/fuzz. To make inputs smaller would take all of the time: which
# code runs depends on what other goroutines do, so that most inputs look new.
FUZZTIME ?= 60s
fuzz:
	set -e; status=0; targets=$$(grep -roE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' cmd internal schema | sort); test -n "$$targets"; \
	for target in $$(echo "$$targets" | sed 's/:func /:/'); do \
		MESHGEN_FUZZ=1 $(GO) test -run '^$$' -fuzz "^$${target#*:}$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5x ./$$(dirname "$${target%:*}") || { status=1; failed="$$failed $${target#*:}"; }; \
	done; test -z "$$failed" || echo "failed:$$failed"; exit $$status

# The same tests as in make test, with 200 kills instead of 12.
kill:
	MESHGEN_KILLS=200 .ci/offline $(GO) test -count=1 -run 'TestKilled|TestDisk' -v ./internal/disk ./cmd/meshgen

vuln:
	.ci/vuln

reproducible:
	.ci/reproducible all

# The first run builds the real programs, which takes 50 minutes of a processor,
# half of that on two idle cores; see test/cluster. It says what it builds.
e2e: e2e-accept e2e-place e2e-mean e2e-deliver

# e2e-minors builds two more of Kubernetes, and is not among them. The go command
# takes the shell's place, so that what ends make ends it, and the suite with it.
e2e-accept e2e-minors e2e-place e2e-mean e2e-deliver: e2e-%:
	exec env MESHGEN_UPDATE=1 $(GO) -C test/cluster test -v -count=1 -timeout 120m -parallel 2 ./$*
