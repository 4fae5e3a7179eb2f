package chart

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
)

// Folder is where a repository keeps charts, a folder a release and in it one a
// chart. They are unpacked, so that a review shows what a new release changes
// in the templates that run; an archive would show a few other bytes.
const Folder = "charts"

// PinsFile is the lock file in the folder of a release. Each release has its
// own, so that adding one and removing one never meet in a merge.
const PinsFile = "charts.lock"

// pins is the content of a PinsFile.
type pins struct {
	// Istio is the release, which is also the folder's name.
	Istio string `json:"istio"`

	// Charts are the charts of the release that were added, by name.
	Charts map[string]pin `json:"charts"`
}

// pin is one chart of a lock file.
type pin struct {
	// Digest is that of the chart's files, as in meshgen.lock.
	Digest string `json:"digest"`

	// Archive is the SHA-256 of the archive that the files came in, to be held
	// against what a registry says; empty for a folder.
	Archive string `json:"archive,omitempty"`
}

// releaseFolder is where the charts of a release stand.
func releaseFolder(version string) string { return path.Join(Folder, version) }

// encode returns the lock file's bytes.
func (p pins) encode() ([]byte, error) {
	text, err := json.MarshalIndent(p, "", "  ")
	return append(text, '\n'), err
}

// parsePins reads the lock file of a release.
func parsePins(text []byte, version string) (pins, error) {
	var p pins
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&p); err != nil {
		if bytes.Contains(append([]byte("\n"), text...), []byte("\n<<<<<<< ")) {
			return pins{}, fmt.Errorf("it holds a merge conflict that nobody has resolved")
		}
		return pins{}, err
	}
	if _, err := d.Token(); err != io.EOF {
		return pins{}, fmt.Errorf("text follows the end of the JSON value")
	}
	if p.Istio != version {
		return pins{}, fmt.Errorf("it is for Istio %q, and stands in the folder of %s", p.Istio, version)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Charts)) {
		if folders[name] == "" {
			return pins{}, fmt.Errorf("it names the chart %q, which is none of Istio's", name)
		}
		if pin := p.Charts[name]; !isDigest(pin.Digest) || pin.Archive != "" && !isDigest(pin.Archive) {
			return pins{}, fmt.Errorf("what it says of %s is no SHA-256 digest", name)
		}
	}
	return p, nil
}

func isDigest(s string) bool {
	hex, ok := strings.CutPrefix(s, "sha256:")
	return ok && len(hex) == 64 && strings.Trim(hex, "0123456789abcdef") == ""
}
