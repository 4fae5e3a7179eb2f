// Package readonce is a file system that asks another one each question a
// single time. The clusters of a fleet stand in one folder and share a base:
// without a memory, each of a thousand clusters would have the folder of all
// thousand listed. It also keeps one compilation from seeing two states of a
// file that somebody saves meanwhile.
package readonce

import (
	"bytes"
	"io/fs"
	"sync"
)

// largest is the biggest file, in bytes, whose content is kept. CUE files are a
// hundredth of it; a manifest that is larger is read by the cluster that names it.
const largest = 64 << 10

// FS remembers the answers of another file system, refusals too. It is safe for
// concurrent use. The slices that it returns are shared and must not be changed.
type FS struct {
	fsys    fs.FS
	stats   memo[fs.FileInfo]
	lstats  memo[fs.FileInfo]
	folders memo[[]fs.DirEntry]
	links   memo[string]
	files   memo[[]byte]
}

// New returns a file system that remembers the answers of fsys.
func New(fsys fs.FS) *FS { return &FS{fsys: fsys} }

// Stat describes a file, or what a link leads to.
func (f *FS) Stat(name string) (fs.FileInfo, error) {
	return f.stats.get(name, func() (fs.FileInfo, error) { return fs.Stat(f.fsys, name) })
}

// Lstat describes a file, or a link itself.
func (f *FS) Lstat(name string) (fs.FileInfo, error) {
	return f.lstats.get(name, func() (fs.FileInfo, error) { return fs.Lstat(f.fsys, name) })
}

// ReadLink returns where a link leads to.
func (f *FS) ReadLink(name string) (string, error) {
	return f.links.get(name, func() (string, error) { return fs.ReadLink(f.fsys, name) })
}

// ReadDir lists a folder by name.
func (f *FS) ReadDir(name string) ([]fs.DirEntry, error) {
	return f.folders.get(name, func() ([]fs.DirEntry, error) { return fs.ReadDir(f.fsys, name) })
}

// Open opens a file or folder.
func (f *FS) Open(name string) (fs.File, error) {
	info, err := f.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > largest {
		return f.fsys.Open(name)
	}
	content, err := f.files.get(name, func() ([]byte, error) { return fs.ReadFile(f.fsys, name) })
	if err != nil {
		return nil, err
	}
	return &file{bytes.NewReader(content), info}, nil
}

// file is a file whose content is in memory.
type file struct {
	*bytes.Reader
	info fs.FileInfo
}

func (f *file) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *file) Close() error               { return nil }

// memo holds the answers to one kind of question, by name.
type memo[T any] struct{ known sync.Map }

// answer is given once; who asks meanwhile waits for it.
type answer[T any] struct {
	once sync.Once
	what T
	err  error
}

func (m *memo[T]) get(name string, ask func() (T, error)) (T, error) {
	known, ok := m.known.Load(name)
	if !ok {
		known, _ = m.known.LoadOrStore(name, new(answer[T]))
	}
	a := known.(*answer[T])
	a.once.Do(func() { a.what, a.err = ask() })
	return a.what, a.err
}
