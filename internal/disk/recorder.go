package disk

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"

	"github.com/meshgen/meshgen/internal/tree"
)

// Recorder is a file system that remembers all that was asked of another one,
// and what the answers were. As the compiler is a pure function of its files,
// the same answers mean the same output, whichever files an intent draws in.
type Recorder struct {
	fsys fs.FS

	mu    sync.Mutex
	reads Reads
}

// Reads are questions to a file system, and digests of the answers.
type Reads map[string]string

// Record returns a recorder of a file system.
func Record(fsys fs.FS) *Recorder { return &Recorder{fsys: fsys, reads: Reads{}} }

// Reads returns what was asked so far.
func (r *Recorder) Reads() Reads {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make(Reads, len(r.reads))
	for question, answer := range r.reads {
		out[question] = answer
	}
	return out
}

// Same asks a file system all the questions again, and says whether the answers
// are the same.
func (r Reads) Same(fsys fs.FS) bool {
	again := Record(fsys)
	for question := range r {
		verb, name, _ := strings.Cut(question, " ")
		switch verb {
		case "file":
			_, _ = again.ReadFile(name)
		case "folder":
			_, _ = again.ReadDir(name)
		case "stat":
			_, _ = again.Stat(name)
		case "lstat":
			_, _ = again.Lstat(name)
		case "link":
			_, _ = again.ReadLink(name)
		default:
			return false
		}
		if again.reads[question] != r[question] {
			return false
		}
	}
	return true
}

// note remembers an answer. An error is an answer too.
func (r *Recorder) note(verb, name string, err error, answer func() string) {
	said := ""
	switch {
	case errors.Is(err, fs.ErrNotExist):
		said = "absent"
	case err != nil:
		said = "error " + err.Error()
	default:
		said = answer()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reads[verb+" "+name] = said
}

// ReadFile reads a file.
func (r *Recorder) ReadFile(name string) ([]byte, error) {
	content, err := fs.ReadFile(r.fsys, name)
	r.note("file", name, err, func() string { return tree.Digest(content) })
	return content, err
}

// ReadDir reads a folder.
func (r *Recorder) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(r.fsys, name)
	r.note("folder", name, err, func() string {
		h := sha256.New()
		for _, e := range entries {
			fmt.Fprintf(h, "%q %v\n", e.Name(), e.Type())
		}
		return hex.EncodeToString(h.Sum(nil))
	})
	return entries, err
}

// describe is what of a file's description an answer depends on: not the times,
// nor the rights that a checkout gives it.
func describe(info fs.FileInfo) string {
	if !info.Mode().IsRegular() {
		return info.Mode().Type().String()
	}
	return fmt.Sprintf("%d bytes", info.Size())
}

// Stat describes a file, or what a link leads to.
func (r *Recorder) Stat(name string) (fs.FileInfo, error) {
	info, err := fs.Stat(r.fsys, name)
	r.note("stat", name, err, func() string { return describe(info) })
	return info, err
}

// Lstat describes a file, or a link itself.
func (r *Recorder) Lstat(name string) (fs.FileInfo, error) {
	info, err := fs.Lstat(r.fsys, name)
	r.note("lstat", name, err, func() string { return describe(info) })
	return info, err
}

// ReadLink reads a link.
func (r *Recorder) ReadLink(name string) (string, error) {
	target, err := fs.ReadLink(r.fsys, name)
	r.note("link", name, err, func() string { return target })
	return target, err
}

// Open opens a file or folder. What it holds is read at once, so that the
// answer that is remembered is the one that is given.
func (r *Recorder) Open(name string) (fs.File, error) {
	info, err := r.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		entries, err := r.ReadDir(name)
		if err != nil {
			return nil, err
		}
		return &opened{info: info, Reader: bytes.NewReader(nil), entries: entries}, nil
	}
	content, err := r.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return &opened{info: info, Reader: bytes.NewReader(content)}, nil
}

// opened is a file or folder that was read when it was opened.
type opened struct {
	*bytes.Reader
	info    fs.FileInfo
	entries []fs.DirEntry
}

// Stat describes the file.
func (o *opened) Stat() (fs.FileInfo, error) { return o.info, nil }

// Close has nothing to give back.
func (o *opened) Close() error { return nil }

// Read reads from a file; a folder has no bytes.
func (o *opened) Read(p []byte) (int, error) {
	if o.info.IsDir() {
		return 0, &fs.PathError{Op: "read", Path: o.info.Name(), Err: fs.ErrInvalid}
	}
	return o.Reader.Read(p)
}

// ReadDir returns the next entries of a folder, as fs.ReadDirFile has it.
func (o *opened) ReadDir(n int) ([]fs.DirEntry, error) {
	if !o.info.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: o.info.Name(), Err: fs.ErrInvalid}
	}
	if n <= 0 {
		n = len(o.entries)
	} else if len(o.entries) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(o.entries))
	next := o.entries[:n]
	o.entries = o.entries[n:]
	return next, nil
}
