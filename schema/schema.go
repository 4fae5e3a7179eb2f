// Package schema embeds the CUE package meshgen.dev/schema, the language of
// meshgen, so that the command carries the schema it was built with.
package schema

import "embed"

// FS holds the schema's CUE files, at its root.
//
//go:embed *.cue
var FS embed.FS

// Module is the CUE module that the schema belongs to, and ImportPath the path
// by which an overlay imports it.
const (
	Module     = "meshgen.dev"
	ImportPath = "meshgen.dev/schema"
)
