package load

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/meshgen/meshgen/internal/diag"
)

const (
	// maxCUE bounds a CUE file. An evaluation cannot be stopped once it runs,
	// so that what goes in is kept small.
	maxCUE = 1 << 20

	// maxText bounds the file of a patch or manifest.
	maxText = 10 << 20

	// maxLinks is how many symbolic links may stand in one path.
	maxLinks = 40
)

// fileProblem is why a file cannot be used.
type fileProblem struct {
	position diag.Position
	message  string
	missing  bool // there is no such file
}

// diagnostic returns the problem as a diagnostic at the file itself.
func (p *fileProblem) diagnostic(code, suggestion string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: code, Severity: diag.Error,
		Message: p.message, Suggestion: suggestion, Position: p.position,
	}
}

// readFile returns the text of a file inside the repository. It refuses a file
// that is larger than limit before reading it.
func readFile(fsys fs.FS, name string, limit int64) ([]byte, *fileProblem) {
	fail := func(format string, args ...any) ([]byte, *fileProblem) {
		return nil, &fileProblem{position: diag.Position{File: name}, message: fmt.Sprintf(format, args...)}
	}
	if leaves(fsys, name) {
		return fail("%s is a symbolic link that leaves the repository", name)
	}
	// To open a named pipe would wait for somebody who writes into it.
	if info, err := fs.Stat(fsys, name); err == nil && !info.IsDir() && !info.Mode().IsRegular() {
		return fail("%s is not a regular file", name)
	}
	f, err := fsys.Open(name)
	if err != nil {
		_, p := fail("%s cannot be opened: %s", name, reason(err))
		if p.missing = errors.Is(err, fs.ErrNotExist); p.missing {
			p.message = "there is no file " + name
		}
		return nil, p
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fail("%s cannot be read: %s", name, reason(err))
	}
	if info.IsDir() {
		return fail("%s is a folder, not a file", name)
	}
	if !info.Mode().IsRegular() {
		return fail("%s is not a regular file", name)
	}
	if info.Size() > limit {
		return fail("%s has %d bytes; the most that meshgen reads is %d", name, info.Size(), limit)
	}
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return fail("%s cannot be read: %s", name, reason(err))
	}
	if int64(len(content)) > limit {
		return fail("%s has more than the %d bytes that meshgen reads", name, limit)
	}
	if at := notText(content); at >= 0 {
		_, p := fail("%s is not UTF-8 text: the byte 0x%02x stands here", name, content[at])
		p.position.Line = 1 + bytes.Count(content[:at], []byte("\n"))
		p.position.Column = at - bytes.LastIndexByte(content[:at], '\n')
		return nil, p
	}
	return trimBOM(content), nil
}

// notText returns the offset of the first byte that is not part of a UTF-8
// text, or -1. A NUL is valid UTF-8 and still no text.
func notText(b []byte) int {
	for i := 0; i < len(b); {
		if b[i] == 0 {
			return i
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// reason returns an error's cause without the path, which may be absolute.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// leaves says whether a symbolic link on the way to a file leads out of the
// repository. A file system without links has none.
func leaves(fsys fs.FS, name string) bool {
	if _, ok := fsys.(fs.ReadLinkFS); !ok {
		return false
	}
	rest := strings.Split(name, "/")
	done := "."
	for links := 0; len(rest) > 0; {
		switch rest[0] {
		case "", ".":
			rest = rest[1:]
			continue
		case "..":
			if done == "." {
				return true
			}
			done, rest = path.Dir(done), rest[1:]
			continue
		}
		next := path.Join(done, rest[0])
		info, err := fs.Lstat(fsys, next)
		if err != nil {
			return false // opening it will say why
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			done, rest = next, rest[1:]
			continue
		}
		target, err := fs.ReadLink(fsys, next)
		if err != nil || path.IsAbs(target) || strings.Contains(target, `\`) || links == maxLinks {
			return true
		}
		links++
		rest = append(strings.Split(target, "/"), rest[1:]...)
	}
	return false
}
