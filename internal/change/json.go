package change

import (
	"encoding/json"
	"io"
)

// document is what JSON writes.
type document struct {
	Summary  Summary   `json:"summary"`
	Clusters []Cluster `json:"clusters"`
	Files    []File    `json:"files"`
}

// JSON writes the whole diff for programs, nothing folded and nothing shortened:
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
func JSON(w io.Writer, d Diff) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(document{Summarize(d), d.Clusters, d.Files})
}
