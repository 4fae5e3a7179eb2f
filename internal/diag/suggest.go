package diag

import "strings"

// Nearest returns the known word that somebody most likely meant by word, to
// suggest it, or "" when none is near. A transposition counts as one slip,
// as does a letter too many, too few or wrong; a third of the word's letters may
// be slips. Case is ignored. Of equally near words the first in the given
// order wins, so the caller passes them sorted.
func Nearest(word string, known []string) string {
	w := []rune(strings.ToLower(word))
	best, bestDistance := "", max(1, len(w)/3)+1
	for _, k := range known {
		if k == word {
			continue
		}
		if d := distance(w, []rune(strings.ToLower(k)), bestDistance); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

// distance is the Damerau-Levenshtein distance of two words (optimal string
// alignment), or limit when it is not below limit.
func distance(a, b []rune, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			slip := 1
			if a[i-1] == b[j-1] {
				slip = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+slip)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return min(last[len(b)], limit)
}
