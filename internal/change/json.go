package change

// Document is a diff as programs read it: nothing folded and nothing shortened.
//
//	{"summary": {"compared", "clusters", "added", "removed", "changed", "files"},
//	 "clusters": [{"name", "change",
//	   "objects": [{"group", "kind", "namespace", "name", "change",
//	     "effects": [{"code", "text", "breaks"}],
//	     "fields": [{"path", "change", "old", "new"}]}],
//	   "files": [{"path", "change"}]}],
//	 "files": [{"path", "change"}]}
//
// A change is "added", "removed" or "changed". Lists are never null.
type Document struct {
	Summary  Summary   `json:"summary"`
	Clusters []Cluster `json:"clusters"`
	Files    []File    `json:"files"`
}

// Document returns the diff as programs read it.
func (d Diff) Document() Document { return Document{Summarize(d), d.Clusters, d.Files} }
