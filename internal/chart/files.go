package chart

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/meshgen/meshgen/internal/tree"
)

// What the files of a chart from outside may take. Istio's largest chart, base,
// has 27 files of 960 KB, of which the CRDs are one of 934 KB; packed they are
// 100 KB.
const (
	MaxArchive     = 8 << 20 // bytes of an archive
	maxChartFiles  = 300
	maxChartBytes  = 6 << 20 // of all files
	maxFileBytes   = 4 << 20 // of one
	maxYAMLBytes   = 256 << 10
	maxPathBytes   = 200
	maxValuesNodes = 20_000
)

// fileError says what is wrong with one file of an archive or folder, or, if it
// has no name, with the whole.
type fileError struct {
	file string
	said string
}

func (e *fileError) Error() string {
	if e.file == "" {
		return e.said
	}
	return e.file + " " + e.said
}

// gathered are the files of a chart that is being read.
type gathered struct {
	files tree.Tree
	lower map[string]string // paths and folders in lower case, as they were written
	size  int64
}

func newGathered() *gathered { return &gathered{tree.Tree{}, map[string]string{}, 0} }

// name refuses a path that leads out of the chart, that some system reads in
// another way, or that stands there already.
func (g *gathered) name(p string) error {
	switch {
	case !tree.Valid(p):
		return &fileError{fmt.Sprintf("%q", p), "is no path below the chart"}
	case len(p) > maxPathBytes:
		return &fileError{fmt.Sprintf("%q", p[:40]+"..."), fmt.Sprintf("has a path of more than %d bytes", maxPathBytes)}
	case len(g.files) >= maxChartFiles:
		return &fileError{"", fmt.Sprintf("it has more than %d files", maxChartFiles)}
	}
	for _, element := range strings.Split(p, "/") {
		if why := oddName(element); why != "" {
			return &fileError{fmt.Sprintf("%q", p), why}
		}
	}
	for at := p; at != "."; at = path.Dir(at) {
		before, ok := g.lower[strings.ToLower(at)]
		switch {
		case ok && before == at && at == p:
			return &fileError{p, "stands there twice, or is a file and a folder"}
		case ok && before != at:
			return &fileError{at, "and " + before + " differ only in case, and some systems take them for one"}
		}
		if _, isFile := g.files[at]; isFile {
			return &fileError{at, "is a file and a folder"}
		}
	}
	for at := p; at != "."; at = path.Dir(at) {
		g.lower[strings.ToLower(at)] = at
	}
	return nil
}

// oddName says what keeps an element of a path from being the same file on all
// systems, or "".
func oddName(name string) string {
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	device := strings.HasPrefix(stem, "com") || strings.HasPrefix(stem, "lpt")
	switch {
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r < 0x20 || r == 0x7f || strings.ContainsRune(`\:*?"<>|`, r) }):
		return "has a name with characters that not every system can write"
	case strings.HasSuffix(name, ".") || strings.HasSuffix(name, " "):
		return "has a name that ends in a dot or a space, which Windows drops"
	case stem == "con" || stem == "prn" || stem == "aux" || stem == "nul" || device && len(stem) == 4 && stem[3] >= '0' && stem[3] <= '9':
		return "has the name of a device of Windows"
	case strings.EqualFold(name, ".git"):
		return "is a file of a version control"
	}
	return ""
}

// take adds a file's content, of which no more is read than may be.
func (g *gathered) take(p string, r io.Reader) error {
	if err := g.name(p); err != nil {
		return err
	}
	content, err := io.ReadAll(io.LimitReader(r, maxFileBytes+1))
	if err != nil {
		return err
	}
	if g.size += int64(len(content)); len(content) > maxFileBytes || g.size > maxChartBytes {
		return &fileError{p, fmt.Sprintf("is too large: meshgen takes %d bytes of a file, and %d of a chart", maxFileBytes, maxChartBytes)}
	}
	g.files[p] = content
	return nil
}

// readArchive returns the files of a chart's archive, as helm pull brings it: a
// tar in a gzip, with one folder at the top, which is left out of the paths.
func readArchive(archive []byte) (tree.Tree, error) {
	if len(archive) > MaxArchive {
		return nil, fmt.Errorf("it has more than the %d bytes that meshgen reads of an archive", MaxArchive)
	}
	packed := bytes.NewReader(archive)
	unzipped, err := gzip.NewReader(packed)
	if err != nil {
		return nil, errors.New("it is no gzip, which an archive of helm pull is")
	}
	unzipped.Multistream(false)
	// A tar has headers and padding beside its files.
	limited := &io.LimitedReader{R: unzipped, N: maxChartBytes + 4<<10*maxChartFiles}
	g, top := newGathered(), ""
	for reader := tar.NewReader(limited); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, unreadable(err, limited)
		}
		switch header.Typeflag {
		case tar.TypeXGlobalHeader: // a comment, such as git writes
			continue
		case tar.TypeReg, tar.TypeDir:
		default:
			return nil, &fileError{fmt.Sprintf("%q", header.Name), "is neither a file nor a folder, such as a link or a device"}
		}
		name := header.Name
		if header.Typeflag == tar.TypeDir {
			name = strings.TrimSuffix(name, "/")
		}
		folder, below, nested := strings.Cut(name, "/")
		if header.Typeflag == tar.TypeDir && !nested {
			below = folder
		}
		switch {
		case !tree.Valid(name) || !nested && header.Typeflag == tar.TypeReg:
			return nil, &fileError{fmt.Sprintf("%q", header.Name), "is no path in the chart's folder"}
		case top != "" && folder != top:
			return nil, &fileError{fmt.Sprintf("%q", header.Name), fmt.Sprintf("is outside the chart's folder %q", top)}
		}
		top = folder
		if header.Typeflag == tar.TypeDir {
			if err := newGathered().name(below); err != nil {
				return nil, err
			}
			continue
		}
		if header.Size > maxFileBytes {
			return nil, &fileError{below, fmt.Sprintf("is too large: meshgen takes %d bytes of a file", maxFileBytes)}
		}
		if err := g.take(below, reader); err != nil {
			return nil, unreadable(err, limited)
		}
	}
	// The rest are zeros, and the gzip's checksum, which is held on the way.
	rest, err := io.ReadAll(limited)
	if err != nil || limited.N <= 0 {
		return nil, unreadable(err, limited)
	}
	if len(bytes.Trim(rest, "\x00")) > 0 || packed.Len() > 0 {
		return nil, errors.New("something follows the end of the archive")
	}
	if len(g.files) == 0 {
		return nil, errors.New("it holds no files")
	}
	return g.files, nil
}

// unreadable says why an archive cannot be read to its end.
func unreadable(err error, limited *io.LimitedReader) error {
	var file *fileError
	switch {
	case errors.As(err, &file):
		return err
	case limited.N <= 0:
		return fmt.Errorf("it unpacks to more than the %d bytes that meshgen takes of a chart", maxChartBytes)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it ends too early: the file was cut off")
	}
	return fmt.Errorf("it cannot be unpacked: %w", err)
}

// readFolder returns the files of a chart's folder. Links are not followed.
func readFolder(fsys fs.FS, folder string) (tree.Tree, error) {
	g := newGathered()
	var walk func(dir string) error
	walk = func(dir string) error {
		entries, err := fs.ReadDir(fsys, dir)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			at := path.Join(dir, entry.Name())
			below := strings.TrimPrefix(at, folder+"/")
			switch {
			case strings.Count(below, "/") > 10:
				return &fileError{below, "stands more than ten folders deep"}
			case entry.IsDir():
				if err := walk(at); err != nil {
					return err
				}
				continue
			case !entry.Type().IsRegular():
				return &fileError{below, "is neither a file nor a folder, such as a link"}
			}
			f, err := fsys.Open(at)
			if err != nil {
				return err
			}
			err = g.take(below, f)
			if err := errors.Join(err, f.Close()); err != nil {
				return err
			}
		}
		return nil
	}
	if err := walk(folder); err != nil {
		var at *fs.PathError
		if errors.As(err, &at) { // whose path may be absolute
			return nil, &fileError{"", "it cannot be read: " + at.Err.Error()}
		}
		return nil, err
	}
	if len(g.files) == 0 {
		return nil, errors.New("it holds no files")
	}
	return g.files, nil
}
