package validate

import "slices"

// discriminators are fields that say which of their neighbours may be there.
var discriminators = []string{"type", "completionMode", "externalTrafficPolicy", "action", "policy", "mode"}

// withoutFollowers leaves out what contradicts a field that says which of its
// neighbours may be there, where the field itself is none of its values: one slip
// is one mistake, and to remove the neighbours would make it worse.
func withoutFollowers(problems []problem) []problem {
	var wrong [][]string // the parents of discriminators that are wrong
	for _, p := range problems {
		if last := len(p.keys) - 1; last > 0 && p.code == codeValue && !p.warning && slices.Contains(discriminators, p.keys[last]) {
			wrong = append(wrong, p.keys[:last])
		}
	}
	if len(wrong) == 0 {
		return problems
	}
	return slices.DeleteFunc(problems, func(p problem) bool {
		return p.code == codeConflict && slices.ContainsFunc(wrong, func(above []string) bool {
			return len(p.keys) > len(above) && slices.Equal(p.keys[:len(above)], above)
		})
	})
}
