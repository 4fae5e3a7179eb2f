// Package archtest holds the code to the rules of docs/architecture.md: who may
// import whom, which package owns which library, and what no package may do.
//
// The rules are tables, each line with the reason for it. A package or a library
// that no line speaks of is a breach too, so that whoever brings one has to say
// where it belongs. The sources are read and parsed in this process: the go
// command's test cache does not see what a child of the test reads, and would
// let a breach pass.
//
// The rules are for what is shipped. A test may import what it likes, but is
// held to determinism as well: no random numbers, no network.
package archtest

import "slices"

// module is the path of the main module.
const module = "github.com/meshgen/meshgen"

// layer is a package, and the packages of ours that it may import.
type layer struct {
	path string
	may  []string
	note string
}

// types are the packages that hold what stages pass to each other.
var types = []string{"schema", "internal/tree", "internal/diag", "internal/intent", "internal/model", "internal/object", "internal/lock", "internal/fault"}

// stages are the packages that render puts in order.
var stages = []string{
	"internal/load", "internal/resolve", "internal/check", "internal/component", "internal/chart",
	"internal/policy", "internal/gitops", "internal/host", "internal/overlay", "internal/validate", "internal/refs", "internal/fit",
}

const (
	typeNote  = "types live apart from the stages that make them, and know only the types below them"
	stageNote = "a stage takes values and returns new ones; a stage that imports another cannot be read, tested or replaced by itself"
)

// layers is every package of the module.
var layers = []layer{
	{"schema", nil, "the language is CUE; this package only embeds it"},
	{"internal/tree", nil, typeNote},
	{"internal/diag", nil, typeNote},
	{"internal/intent", []string{"internal/diag"}, typeNote},
	{"internal/model", []string{"internal/intent"}, typeNote},
	{"internal/object", nil, typeNote},
	{"internal/lock", []string{"internal/tree"}, typeNote},
	{"internal/fault", nil, typeNote},
	{"internal/secret", nil, "what is secret about a text or a tree is a pure question; render asks it of what people wrote"},

	{"internal/meshconfig", types, "what istiod takes for its mesh config: check asks it of what people wrote, refs of what is rendered"},

	{"internal/hardware", types, "nodes and what is left of them; resolve, host and fit must mean the same by it"},

	{"internal/schedule", nil, "the scheduler as a library: it knows pods and nodes, and nothing of a mesh"},
	{"internal/schedule/scheduletest", nil, "cases for tests, here and against the real scheduler"},

	{"internal/workload", slices.Concat([]string{"internal/hardware", "internal/schedule"}, types), "what runs, from objects; the fit judges it"},
	{"internal/workload/workloadtest", slices.Concat([]string{"internal/schedule", "internal/schedule/scheduletest", "internal/workload"}, types), "what meshgen says of cases for tests, here and against the real controllers"},

	{"internal/load", types, stageNote},
	{"internal/resolve", slices.Concat([]string{"internal/hardware"}, types), stageNote},
	{"internal/check", slices.Concat([]string{"internal/meshconfig"}, types), stageNote},
	{"internal/component", types, stageNote},
	{"internal/chart", types, stageNote},
	{"internal/chart/charttest", nil, "archives for tests, here and of the command"},
	{"internal/policy", types, stageNote},
	{"internal/gitops", types, stageNote},
	{"internal/host", slices.Concat([]string{"internal/hardware"}, types), stageNote},
	{"internal/overlay", types, stageNote},
	{"internal/validate", types, stageNote},
	{"internal/refs", slices.Concat([]string{"internal/meshconfig", "internal/workload"}, types), stageNote},
	{"internal/fit", slices.Concat([]string{"internal/hardware", "internal/schedule", "internal/workload"}, types), stageNote},

	{"internal/readonce", nil, "a file system before a file system; it knows of no meaning"},
	{"internal/render", slices.Concat([]string{"internal/readonce", "internal/secret"}, stages, types), "the compiler, and the only package that knows the order of the stages; it reads through an fs.FS"},
	{"internal/render/rendertest", []string{"internal/diag", "internal/render", "schema"}, "intents for tests, of the compiler and of its stages"},

	{"internal/importer", slices.Concat([]string{"internal/hardware"}, types), "what a cluster says of its nodes, in the intent's words; the table of what platforms keep says what need not be written"},
	{"internal/plan", slices.Concat([]string{"internal/fit", "internal/hardware"}, types), "shows what the fit found out, and finds nothing out itself"},
	{"internal/change", types, "compares two trees and knows nothing of how either came to be"},
	{"internal/preset", types, "what init writes is data; cli writes it"},
	{"internal/disk", types, "files in, files out: what they mean is not its business"},
	{"internal/cli", slices.Concat([]string{"internal/render", "internal/disk", "internal/check", "internal/change", "internal/preset", "internal/importer", "internal/plan"}, types), "commands go through render.Compile, never to a stage, so that all of them see the same mesh; check is there for the pages of its codes"},
	{"cmd/meshgen", []string{"internal/cli"}, "main is one line, so that tests can run all the rest in their own process"},

	{"internal/archtest", nil, "it reads the sources, and so must not depend on them"},
	{"test/licences", nil, "it asks the go command, and reads what modules hold"},
	{"test/vulns", nil, "it asks the go command, and writes what govulncheck reads"},
	{"test/bench", slices.Concat(stages, types), "it hands Helm the values that meshgen computes"},
}

// owner says who may import a library, or a package of the standard library.
type owner struct {
	path string // the import path, or the beginning of it up to a slash
	may  []string
	note string
}

// everybody stands for all packages.
const everybody = "*"

// owners are the libraries from outside. The longest path that fits decides.
var owners = []owner{
	{"cuelang.org/go", []string{"internal/load"}, "errors, positions and values of CUE's stay in one place, where they are put into our words"},
	{"cuelang.org/go/cue/format", []string{"internal/load", "internal/importer"}, "what import writes is as cue fmt has it"},
	{"cuelang.org/go/cue/literal", []string{"internal/load", "internal/importer"}, "a quoted string is CUE's to write"},
	{"helm.sh/helm", []string{"internal/chart", "test/bench"}, "Helm is an engine here: a pure function from chart and values to text. The benchmark measures it by itself"},
	{"istio.io/istio/manifests", []string{"internal/chart", "internal/chart/charttest", "test/bench"}, "the charts"},
	{"istio.io/istio", nil, "all but manifests needs replace lines in go.mod, which break go install"},
	{"sigs.k8s.io/kustomize", []string{"internal/overlay"}, "it keeps global state, which one package has to guard"},
	{"sigs.k8s.io/yaml", []string{"internal/object", "internal/chart"}, "one writer of YAML, or equal objects give different bytes"}, // chart: what templates make of values is text, as Helm writes it
	{"github.com/Masterminds/sprig", []string{"internal/chart"}, "the functions of Helm's templates, each of which the engine for charts from outside counts"},
	{"go.yaml.in/yaml", []string{"internal/object"}, "one writer of YAML, or equal objects give different bytes"},
	{"gopkg.in/yaml.v3", nil, "no longer maintained; go.yaml.in/yaml took its place"},
	{"github.com/spf13/cobra", []string{"internal/cli"}, "flags and arguments end where the work begins"},
	{"golang.org/x/term", []string{"internal/cli"}, "only a command has a person before it"},
	{"golang.org/x/sys", []string{"internal/disk"}, "only disk calls the system"},
	{"golang.org/x/sync", []string{everybody}, "waiting for goroutines has no effect on what they compute"},
	{"istio.io/api", []string{"internal/policy", "internal/meshconfig"}, "the shapes of Istio's objects and of MeshConfig"},
	{"istio.io/api/annotation", []string{"internal/refs"}, "the names of Istio's annotations"},
	{"istio.io/api/label", []string{"internal/refs"}, "the names of Istio's labels"},
	{"istio.io/client-go", []string{"internal/policy"}, "the shapes of Istio's objects"},
	{"google.golang.org/protobuf", []string{"internal/policy", "internal/meshconfig", "internal/validate"}, "Istio's shapes are protobuf messages; Envoy's, that EnvoyFilters change, are read by their descriptors"},
	{"k8s.io/pod-security-admission", []string{"internal/refs"}, "the API server's own judgement of pods"},
	{"k8s.io/api", []string{"internal/refs", "internal/policy", "internal/validate", "internal/hardware", "internal/schedule/scheduletest", "internal/workload", "internal/workload/workloadtest"}, "the shapes of Kubernetes' objects"},
	{"k8s.io/apimachinery", []string{"internal/refs", "internal/policy", "internal/validate", "internal/check", "internal/fit", "internal/hardware", "internal/importer", "internal/schedule", "internal/schedule/scheduletest", "internal/workload"}, "quantities and metadata"},
	{"k8s.io/api/core/v1", []string{"internal/refs", "internal/policy", "internal/validate", "internal/fit", "internal/hardware", "internal/schedule", "internal/schedule/scheduletest", "internal/workload"}, "pods and nodes are the scheduler's own shapes"},
	{"k8s.io/component-helpers", []string{"internal/schedule", "internal/workload"}, "the scheduler's own matching and adding up"},
	{"k8s.io/klog", []string{"internal/schedule"}, "component-helpers asks for a logger"},
	{"k8s.io/apiextensions-apiserver", []string{"internal/validate"}, "CRDs, and custom resources by them, as the API server reads them"},
	{"github.com/google/cel-go", []string{"internal/validate"}, "the expressions of Telemetry filters are CEL"},
	{"k8s.io/apiserver/pkg/apis/cel", []string{"internal/validate"}, "what the API server lets a CEL rule cost"},
	{"k8s.io/apiserver/pkg/admission/plugin/cel", []string{"internal/validate"}, "the conditions of webhooks and admission policies are compiled by the API server's own compiler"},
	{"k8s.io/apiserver/pkg/cel/environment", []string{"internal/validate"}, "what CEL rules of CRDs can use"},
	{"k8s.io/apiserver/pkg/cel", []string{"internal/validate"}, "what the selectors of devices know, and cost"},
	{"k8s.io/apiserver/pkg/apis/flowcontrol/bootstrap", []string{"internal/validate"}, "what flow control the API server makes, and nobody changes"},
	{"k8s.io/apiserver/pkg/util/shufflesharding", []string{"internal/validate"}, "how many queues a hash can deal from"},
	{"k8s.io/client-go/kubernetes/scheme", []string{"internal/validate"}, "which type a built-in kind has"},
	{"sigs.k8s.io/json", []string{"internal/validate"}, "JSON as the API server reads it"},
	{"sigs.k8s.io/gateway-api", []string{"internal/policy", "internal/validate"}, "the shapes of Gateway API's objects"},
}

// guarded are the packages of the standard library that not everybody may import.
var guarded = []owner{
	{"os", []string{"cmd/meshgen", "internal/cli", "internal/disk", "test/bench", "test/vulns"}, "input and output stand at the edges; a stage reads through an fs.FS and returns a tree"},
	{"os/exec", []string{"test/bench", "test/vulns"}, "what another program prints is not ours to promise"},
	{"os/user", nil, "no byte depends on who runs meshgen"},
	{"path/filepath", []string{"internal/cli", "internal/disk", "test/bench", "test/vulns"}, "paths in the intent and in the tree have slashes on every system"},
	{"syscall", []string{"internal/cli", "internal/disk", "test/bench"}, "only the edges call the system"},
	{"net", nil, "nothing talks to a network"},
	{"net/netip", []string{everybody}, "addresses as values"},
	{"net/url", []string{everybody}, "addresses as values"},
	{"math/rand", nil, "the same input gives the same bytes"},
	{"crypto/rand", nil, "the same input gives the same bytes"},
	{"log", nil, "what people are told is a diagnostic, or a command prints it"},
	{"io/ioutil", nil, "it is os and io under an old name"},
	{"unsafe", nil, "bad input must not reach what the compiler cannot see"},
	{"C", nil, "the command is built on a machine with Go alone, for every system"},
}

// forTests are the rules on imports that tests are held to as well.
var forTests = []string{"net", "math/rand", "crypto/rand", "io/ioutil"}

// clock are the functions of package time that look at the clock, or wait.
var clock = []string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer", "Sleep"}

// clocked are the packages that may.
var clocked = []string{"internal/cli", "test/bench"}
