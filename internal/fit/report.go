package fit

// Report is what the fit found out about one cluster: plain values, sorted, and
// the same for the same input. Command plan shows it, as text and as JSON, so
// that its field names are a promise. It is complete for a cluster that is
// refused, too.
type Report struct {
	// Declared says whether the cluster declares node pools. Without any,
	// nothing is held against the hardware, and all that follows is empty but
	// for the workloads and the sizings.
	Declared bool `json:"declared"`

	// Nodes are the nodes, pool by pool.
	Nodes []Node `json:"nodes"`

	// Total is the sum over the nodes.
	Total Total `json:"total"`

	// Workloads are what runs: the platform's, the mesh's, the applications'.
	Workloads []Workload `json:"workloads"`

	// Answers are the four questions, in the order of their constants.
	Answers []Answer `json:"answers"`

	// Budgets are the bounds that the intent sets to the mesh, kept or not.
	Budgets []Budget `json:"budgets"`

	// Sizings are the resources that a size stood for.
	Sizings []Sizing `json:"sizings"`

	// Tight says that something was refused that smaller requests might end,
	// and that a size of auto has not yet taken the least that it can.
	Tight bool `json:"-"`

	// Roomy are the paths of components whose size of auto has taken the least
	// that it can, and that could all have more beside the others.
	Roomy []string `json:"-"`
}

// Amount is CPU and memory.
type Amount struct {
	CPU    int64 `json:"cpu"`    // millicores
	Memory int64 `json:"memory"` // bytes
}

// Node is one node, with what sits on it at rest.
type Node struct {
	Name string `json:"name"`
	Pool string `json:"pool"`
	Role string `json:"role"` // server or agent
	Zone string `json:"zone"` // empty for none
	Arch string `json:"arch"`

	// Capacity less what is reserved is allocatable: what pods may ask for.
	Capacity    Amount    `json:"capacity"`
	Reserved    []Reserve `json:"reserved"`
	Allocatable Amount    `json:"allocatable"`
	MaxPods     int       `json:"maxPods"`

	// Used is what the pods at rest ask for, and Mesh the mesh's part of it.
	Used Amount `json:"used"`
	Mesh Amount `json:"mesh"`
	Pods int    `json:"pods"`

	// Worst is the most that pods ask for on the node in any state that the
	// four questions led to, CPU and memory each for itself.
	Worst Amount `json:"worst"`

	// Items are what sits on the node at rest, the platform's first, then the
	// mesh's, then the applications'.
	Items []Item `json:"items"`
}

// Reserve is one line of the derivation of what is allocatable.
type Reserve struct {
	What   string `json:"what"`
	Amount Amount `json:"amount"`
	Source string `json:"source"` // where the figure comes from
}

// Item is a workload's pods on one node.
type Item struct {
	Workload int    `json:"workload"` // the index in Report.Workloads
	Pods     int    `json:"pods"`
	Requests Amount `json:"requests"` // of all of them
}

// Total is the sum over all nodes.
type Total struct {
	Nodes       int    `json:"nodes"`
	Pods        int    `json:"pods"` // at rest
	Capacity    Amount `json:"capacity"`
	Allocatable Amount `json:"allocatable"`
	Used        Amount `json:"used"` // at rest
	Mesh        Amount `json:"mesh"` // the mesh's part of Used

	// Worst is the most that was asked of all nodes together at one time, CPU
	// and memory each for itself.
	Worst Amount `json:"worst"`
}

// Workload is a set of equal pods.
type Workload struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`

	// Role is what the workload is to the mesh: istiod, cni, ztunnel, gateway,
	// waypoint, serviceLB, platform, application or manifest.
	Role string `json:"role"`

	// Path is the intent's path that its resources come from; empty for none.
	Path string `json:"path"`

	// PerNode is true for a pod on every node that takes it; Min and Max are
	// then the number of those nodes, zero where no nodes are declared.
	PerNode bool `json:"perNode"`
	Min     int  `json:"min"`
	Max     int  `json:"max"`

	// Requests and Limits are those of one pod, and Mesh the mesh's part of its
	// requests: all of it for Istio's own, the sidecar for an application.
	Requests Amount `json:"requests"`
	Limits   Amount `json:"limits"` // zero for none
	Mesh     Amount `json:"mesh"`
}

// Question is one of the four that the fit answers.
type Question string

// The questions.
const (
	AtRest   Question = "rest"      // every workload at its least replicas
	Scaled   Question = "scaled"    // every autoscaler at its maximum
	Rolling  Question = "rolling"   // each component while it is updated, one at a time
	NodeLost Question = "node-lost" // any one node gone
)

// Verdict is the answer to a question.
type Verdict string

// The verdicts.
const (
	Fits     Verdict = "fits"      // no pod stays pending
	Refused  Verdict = "refused"   // a pod stays pending
	NotAsked Verdict = "not-asked" // nothing depends on the answer; Reason says why
)

// Basis is how sure a verdict is.
type Basis string

// The bases of a verdict. A refusal always has an order of arrival behind it
// that leaves a pod pending, and that the scheduler could take.
const (
	Proven     Basis = "proven"     // there is room in whatever order pods arrive
	Exhaustive Basis = "exhaustive" // all orders were tried
	Tried      Basis = "tried"      // many orders were tried, the worst of them among these
	Witnessed  Basis = "witnessed"  // an order leaves a pod pending
)

// Answer is the answer to one question.
type Answer struct {
	Question Question `json:"question"`
	Verdict  Verdict  `json:"verdict"`
	Basis    Basis    `json:"basis"`  // empty when the question was not asked
	Code     string   `json:"code"`   // of its diagnostic, when there is one
	Reason   string   `json:"reason"` // in a sentence without a full stop

	// Cases are what the question was asked about: each workload with an
	// autoscaler, each that is rolled, each node. Equal nodes are one case. At
	// rest there is one case, without a subject.
	Cases []Case `json:"cases"`
}

// Case is one case of a question.
type Case struct {
	// Subject is a workload's name, or a node's.
	Subject string `json:"subject"`

	// Same is how many others are equal to the subject, and so were not tried.
	Same int `json:"same"`

	Fits    bool      `json:"fits"`
	Pending []Pending `json:"pending"` // what stays pending; empty when it fits

	// Free is what is left on the fullest node, CPU and memory each for itself,
	// and so perhaps on two nodes.
	Free Amount `json:"free"`
}

// Pending is a pod that no node takes.
type Pending struct {
	Workload int      `json:"workload"` // the index in Report.Workloads
	Pods     int      `json:"pods"`     // how many of the workload's
	Reasons  []Reason `json:"reasons"`  // one for each group of nodes
}

// Reason is why some nodes do not take a pod.
type Reason struct {
	Nodes []string `json:"nodes"`
	Code  string   `json:"code"` // cpu, memory, pods, taint, affinity, …
	Text  string   `json:"text"` // such as "210Mi of memory short"
}

// Budget is a bound that the intent sets to the mesh.
type Budget struct {
	Path     string `json:"path"`     // of the bound, such as budget.share.memory
	Resource string `json:"resource"` // cpu or memory
	Node     string `json:"node"`     // the node that is nearest to its bound; empty for the whole cluster
	Bound    int64  `json:"bound"`    // millicores or bytes
	Used     int64  `json:"used"`     // at rest
	Kept     bool   `json:"kept"`
}

// Sizing is what a component's size became.
type Sizing struct {
	Path     string    `json:"path"`
	Size     string    `json:"size"`
	Requests Resources `json:"requests"`
	Limits   Resources `json:"limits"`
	Reason   string    `json:"reason"`
}

// Resources are amounts as they stand in the rendered objects; empty for none.
type Resources struct {
	CPU    string `json:"cpu"`
	Memory string `json:"memory"`
}
