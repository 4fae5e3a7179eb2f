package cli

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/meshgen/meshgen/internal/disk"
	"github.com/meshgen/meshgen/internal/tree"
)

// memory makes verify fast where nothing changed: it remembers, in the user's
// cache, one compilation whose output the rendered folder held.
//
// The compiler is a pure function of the program and of the files that it reads.
// So when the program is the same, every question that it asked the file system
// has the same answer, and the rendered folder holds the same bytes, then
// compiling again would find no byte to change. Nothing is believed for its
// date or its size: all of it is read, and only the compiler does not run. A
// memory is never needed; without one, everything works, and takes longer.
//
// A nil memory remembers nothing.
type memory struct {
	s       *session
	file    string
	program string
}

// record is the content of a memory's file.
type record struct {
	Program string     `json:"program"` // digest
	Reads   disk.Reads `json:"reads"`
	Tree    string     `json:"tree"` // digest of the rendered folder
}

// memory returns the memory of a repository's rendered folder, and begins to
// record what the compiler reads. There is none when MESHGEN_CACHE is off, when
// there is no place for it, or when only some clusters are compiled.
func (s *session) memory(out *disk.Output) *memory {
	if s.c.Getenv("MESHGEN_CACHE") == "off" || len(s.names) > 0 {
		return nil
	}
	dir, err := s.c.Cache()
	if err != nil {
		return nil
	}
	program, err := s.c.Program()
	if err != nil {
		return nil
	}
	s.recorder = disk.Record(s.repo.FS())
	place := sha256.Sum256([]byte(s.repo.Dir() + "\x00" + out.Path()))
	return &memory{
		s:    s,
		file: filepath.Join(dir, "meshgen", "verified", hex.EncodeToString(place[:12])+".json"),
		// CUE reads switches from the environment.
		program: strings.Join([]string{program, s.c.Getenv("CUE_EXPERIMENT"), s.c.Getenv("CUE_DEBUG")}, "\x00"),
	}
}

// exists says whether there is something to remember.
func (m *memory) exists() bool {
	if m == nil {
		return false
	}
	_, err := os.Stat(m.file)
	return err == nil
}

// knows says whether a compilation would give what the rendered folder holds.
func (m *memory) knows(have disk.Snapshot) bool {
	content, err := os.ReadFile(m.file)
	if err != nil {
		return false
	}
	var r record
	if err := json.Unmarshal(content, &r); err != nil || len(r.Reads) == 0 {
		return false
	}
	return r.Program == m.program && len(have.Odd) == 0 && r.Tree == have.Files.Digest() && r.Reads.Same(m.s.repo.FS())
}

// learn remembers that the compilation of this session gave what the rendered
// folder holds. A cache that cannot be written is none.
func (m *memory) learn(files tree.Tree) {
	if m == nil {
		return
	}
	content, err := json.Marshal(record{Program: m.program, Reads: m.s.recorder.Reads(), Tree: files.Digest()})
	if err != nil {
		return
	}
	_ = writeWhole(m.file, content)
}

// writeWhole writes a file of the cache, so that nobody reads half of it.
func writeWhole(file string, content []byte) error {
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// programDigest tells the program that runs from all others.
func programDigest() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	return digestProgram(self)
}

// digestProgram returns the build ID that Go's linker wrote into a program,
// which is a digest of what went into it. A program without one is read as a
// whole, which takes longer than to render a cluster.
func digestProgram(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if id := buildID(f); id != "" {
		return id, nil
	}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// buildID reads a program's build ID, as cmd/go does: in a note of an ELF file,
// in front of the code elsewhere. It returns "" when there is none.
func buildID(f *os.File) string {
	if program, err := elf.NewFile(f); err == nil {
		note := program.Section(".note.go.buildid")
		if note == nil {
			return ""
		}
		text, err := note.Data()
		if err != nil || len(text) < 16 {
			return ""
		}
		// Length of the name, length of the ID, type, "Go\x00\x00", the ID.
		length := program.ByteOrder.Uint32(text[4:])
		return string(text[16:min(uint64(len(text)), 16+uint64(length))])
	}
	start := make([]byte, 64<<10)
	n, _ := f.ReadAt(start, 0)
	_, after, found := bytes.Cut(start[:n], []byte("\xff Go build ID: \""))
	id, _, whole := bytes.Cut(after, []byte("\"\n \xff"))
	if !found || !whole {
		return ""
	}
	return string(id)
}
