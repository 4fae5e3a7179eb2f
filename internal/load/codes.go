package load

import "github.com/meshgen/meshgen/internal/diag"

// The codes of this package. A code is for ever; package check documents them.
const (
	codeSyntax        = "MG1001" // a file is not CUE
	codeUnknownField  = "MG1002" // a field that the language does not have
	codeWrongValue    = "MG1003" // a value that does not fit its field
	codeMissing       = "MG1004" // a field that must be set
	codeNoPackage     = "MG1005" // a folder of overlays/ that is no package
	codeNoOverlays    = "MG1006" // not a repository of meshgen
	codeNoClusters    = "MG1007" // overlays/ without a cluster
	codeConflict      = "MG1008" // two files say different things
	codeUnresolved    = "MG1009" // an expression without a value
	codeSchemaDiffers = "MG1010" // the repository's schema is not the binary's
	codeImport        = "MG1011" // an import or module that leads nowhere
	codeClusterName   = "MG1012" // cluster.name is not the folder's name
	codeUnreadable    = "MG1013" // a file that cannot be read as text
	codeOther         = "MG1014" // an expression that CUE refuses
	codeFolderName    = "MG1015" // a folder's name cannot be a cluster's
	codeOtherPackage  = "MG1016" // a file that is no part of the mesh
	codeHatchFile     = "MG1017" // the file of a patch or manifest
	codeHatchChoice   = "MG1018" // both or neither of two fields
	codeRunaway       = "MG1030" // an evaluation that does not end
	codeMultiplies    = "MG1031" // an expression that makes much of little
	codeOutside       = "MG1032" // a value from outside the CUE files
	codeSetting       = "MG1020" // a value laid over the intent that it cannot take
	codeFault         = "MG1099" // meshgen's own mistake
)

// schemaFault is a diagnostic for what only a mistake in meshgen can cause.
func schemaFault(cluster string, err error) diag.Diagnostic {
	return diag.Diagnostic{
		Code: codeFault, Severity: diag.Error, Cluster: cluster,
		Message:    "meshgen's schema and its compiler disagree: " + err.Error(),
		Suggestion: "report this to meshgen's authors, with the intent that shows it",
	}
}
