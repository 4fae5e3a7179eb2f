// Package lock is the file meshgen.lock that stands beside each rendered
// cluster: what the cluster was made from, and which files meshgen wrote. Only
// files that a lock names are ever replaced or removed.
package lock

// Name is the file's name in the cluster's rendered folder.
const Name = "meshgen.lock"

// File is the content of meshgen.lock.
type File struct {
	// Meshgen is the release of meshgen that wrote the cluster.
	Meshgen string `json:"meshgen"`

	// Schema is the digest of the CUE schema, "sha256:" and hexadecimal.
	Schema string `json:"schema"`

	// Istio and Kubernetes are the versions that the cluster was rendered for.
	Istio      string `json:"istio"`
	Kubernetes string `json:"kubernetes"`

	// Charts are the charts that were rendered, by name.
	Charts map[string]Chart `json:"charts"`

	// Sizes are the resources that the components' sizes stood for, by path;
	// a diff of the lock shows when they change, and why.
	Sizes []Size `json:"sizes,omitempty"`

	// Images are the images that the cluster pulls, sorted.
	Images []string `json:"images"`

	// Files are the digests of the files that meshgen wrote, by their path
	// below the rendered folder: the cluster's own and those of the shared
	// bases that it uses, but not the lock file itself.
	Files map[string]string `json:"files"`
}

// Chart is one chart of the lock file.
type Chart struct {
	Version string `json:"version"`
	Digest  string `json:"digest"`
}

// Size is what a component's size became.
type Size struct {
	Path     string    `json:"path"` // of the component in the intent
	Size     string    `json:"size"`
	Requests Resources `json:"requests"`
	Limits   Resources `json:"limits"`
	Reason   string    `json:"reason"`
}

// Resources are amounts of CPU and memory, as Kubernetes' quantities; empty for none.
type Resources struct {
	CPU    string `json:"cpu,omitempty"`
	Memory string `json:"memory,omitempty"`
}
