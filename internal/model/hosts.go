package model

import "strings"

// HostCovers says whether every host that a name stands for is one that a
// pattern stands for: the name itself, every name below a leading wildcard
// ("*.example.com" covers "a.example.com" and "*.a.example.com", and not
// "example.com"), or any with "*". DNS knows no capitals.
func HostCovers(pattern, name string) bool {
	pattern, name = strings.ToLower(pattern), strings.ToLower(name)
	suffix, wild := strings.CutPrefix(pattern, "*")
	return pattern == name || wild && strings.HasSuffix(name, suffix) && len(name) > len(suffix)
}

// HostsMeet says whether some host is one that both patterns stand for.
func HostsMeet(a, b string) bool { return HostCovers(a, b) || HostCovers(b, a) }
