package model

// Release is one chart that a cluster gets, with all that decides what it renders to.
type Release struct {
	// Component names the release in files and diagnostics: base, istiod, cni,
	// ztunnel, or gateway-<name>.
	Component string

	Chart     string // base, istiod, cni, ztunnel or gateway
	Name      string // Helm's release name, which some labels carry
	Namespace string

	// Values are the values that meshgen derives, with the person's laid over
	// them; Raw are the person's alone, and RawPath is where they stand in the intent.
	Values  map[string]any
	Raw     map[string]any
	RawPath string
}
