package intent

import (
	"strconv"
	"strings"
)

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

// Names splits a path such as gateways.public.servers."a.b".hosts[0] into its
// names and indexes; it takes what Join and JoinIndexes write.
func Names(path string) []string {
	var names []string
	for path != "" {
		switch {
		case path[0] == '.' || path[0] == ']':
			path = path[1:]
		case path[0] == '[':
			end := strings.IndexByte(path, ']')
			if end < 0 {
				return append(names, path[1:])
			}
			names, path = append(names, strings.Trim(path[1:end], `"`)), path[end+1:]
		case path[0] == '"':
			quoted, err := strconv.QuotedPrefix(path)
			if err != nil {
				return append(names, strings.Trim(path, `"`))
			}
			name, _ := strconv.Unquote(quoted)
			names, path = append(names, name), path[len(quoted):]
		default:
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			names, path = append(names, path[:end]), path[end:]
		}
	}
	return names
}

func plain(name string) bool {
	for i, c := range name {
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}
