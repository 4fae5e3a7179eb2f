package intent

import "strconv"

// Join returns the intent's path of names below a path, as Intent.Position
// takes it. A name that is no identifier is quoted, as CUE does.
func Join(path string, names ...string) string {
	for _, name := range names {
		if !plain(name) {
			name = strconv.Quote(name)
		}
		if path != "" {
			path += "."
		}
		path += name
	}
	return path
}

// JoinIndexes is Join for names of which some are indexes of lists, written as
// such: hosts, 0 is hosts[0]. A number that nothing stands before is a name.
func JoinIndexes(path string, names []string) string {
	for _, name := range names {
		if _, err := strconv.Atoi(name); err == nil && path != "" {
			path += "[" + name + "]"
		} else {
			path = Join(path, name)
		}
	}
	return path
}

func plain(name string) bool {
	for i, c := range name {
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}
