package check

import "github.com/meshgen/meshgen/internal/diag"

// files are the pages about the rendered folder: MG60xx.
func files() []Doc {
	return []Doc{
		{
			Code: "MG6001", Since: "0.1.0", Severity: diag.Error,
			Title: "A file in the rendered folder is not meshgen's",
			Text: "Everything below the rendered folder is meshgen's: it replaces and removes files there. " +
				"This file is named by no meshgen.lock, so somebody put it there, and meshgen does not touch it.\n" +
				"Move it out of the folder; a manifest of your own belongs into manifests or patches of the intent. " +
				"With --force meshgen goes on: it leaves the file alone, unless it stands where meshgen writes.",
			Before: "rendered/edge-berlin/my-notes.yaml",
			After:  "overlays/edge-berlin/my-notes.yaml",
		},
		{
			Code: "MG6002", Since: "0.1.0", Severity: diag.Error,
			Title: "A rendered file was edited by hand",
			Text: "The file's bytes are not those that meshgen wrote: its digest differs from the one in meshgen.lock. " +
				"Rendering would lose the edit, so nothing is written.\n" +
				"Say it in the intent instead: there is a field, or values, meshConfig or patches for what has none. " +
				"Then drop the edit with --force. An unfinished merge looks the same, and --force mends it.",
			Before: "rendered/edge-berlin/20-control-plane/istiod.yaml, with another memory request",
			After:  `controlPlane: resources: requests: memory: "256Mi" // in overlays/edge-berlin/mesh.cue`,
		},
		{
			Code: "MG6003", Since: "0.1.0", Severity: diag.Error,
			Title: "The rendered folder holds something that is no plain file or folder",
			Text: "A symbolic link, a device, a socket or a pipe stands in the rendered folder, or the folder itself is a link. " +
				"meshgen never follows one, for it could write or remove files elsewhere.\n" +
				"Remove it, or choose another folder with --output.",
			Before: "rendered/edge-berlin -> ../elsewhere",
			After:  "rendered/edge-berlin/",
		},
		{
			Code: "MG6004", Since: "0.1.0", Severity: diag.Error,
			Title: "A lock file cannot be read",
			Text: "A cluster's meshgen.lock says which files meshgen wrote. When it cannot be read, meshgen cannot tell " +
				"its own files from yours, and writes nothing.\n" +
				"Take the file back from version control, or let --force write it anew: " +
				"files that stand where meshgen writes are then replaced, others are left alone.",
			Before: "<<<<<<< HEAD   // a merge that was not finished, in rendered/edge-berlin/meshgen.lock",
			After:  "git checkout HEAD -- rendered/edge-berlin/meshgen.lock",
		},
		{
			Code: "MG6005", Since: "0.1.0", Severity: diag.Error,
			Title: "A rendered file is stale",
			Text: "What stands in the rendered folder is not what the intent gives: the file differs, is missing, or should not be there. " +
				"Somebody changed the intent, or took another release of meshgen, and did not render.\n" +
				"Run meshgen render, and commit the result.",
			Before: "meshgen verify   // after an edit of overlays/mesh.cue",
			After:  "meshgen render && meshgen verify",
		},
	}
}
