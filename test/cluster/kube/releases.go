package kube

import (
	"maps"
	"slices"
	"strings"
)

// older are the releases of Kubernetes that a cluster can be of beside
// KubernetesVersion, by minor. Each is the newest of its minor of which the
// module proxy has every part. The pins are in kubernetes-MINOR.mod and .sum of
// programs/controlplane.
func older() map[string]string {
	return map[string]string{"1.32": "1.32.2", "1.33": "1.33.13", "1.34": "1.34.4", "1.35": "1.35.4"}
}

// Newest is the minor of KubernetesVersion.
func Newest() string { return minorOf(KubernetesVersion) }

// Minors are the minors of Kubernetes that a cluster can be of, oldest first.
func Minors() []string {
	return slices.Sorted(maps.Keys(releases()))
}

// Release returns the release that is run of a minor, "1.34.4" of "1.34"; "" if
// it is none of Minors.
func Release(minor string) string { return releases()[minor] }

// KubernetesOf is the program Kubernetes of a minor, for Main.
func KubernetesOf(minor string) Program {
	if minor == Newest() {
		return Kubernetes
	}
	return Kubernetes + Program("-"+minor)
}

// releases are all releases, by minor.
func releases() map[string]string {
	all := older()
	all[Newest()] = KubernetesVersion
	return all
}

// minorOf returns the minor of a release: "1.34" of "1.34.4".
func minorOf(release string) string {
	return release[:strings.LastIndex(release, ".")]
}
