package render

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/load"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/secret"
)

// whole takes one loaded cluster through the stages, and refuses the secrets of
// what people wrote. Nothing that is said of the cluster shows them.
func (c *compiler) whole(loaded load.Result, how advice) (built, error) {
	out, err := c.stages(loaded, how)
	if err != nil {
		return out, err
	}
	s := secrets{cluster: loaded.Cluster}
	if in := loaded.Intent; in != nil {
		s.position, s.decrypted = in.Position, in.Mesh.GitOps != nil && (in.Mesh.GitOps.Engine != "flux" || in.Mesh.GitOps.Decryption != nil)
		s.intent(in.Mesh)
		for _, name := range slices.Sorted(maps.Keys(in.Mesh.Patches)) {
			s.patch(intent.Join("patches", name), in.Mesh.Patches[name])
		}
		for _, name := range slices.Sorted(maps.Keys(in.Mesh.Manifests)) {
			s.manifest(intent.Join("manifests", name), in.Mesh.Manifests[name])
		}
		s.charts(out)
	}
	for _, folder := range []string{"overlays", path.Join("overlays", loaded.Cluster)} {
		s.files(c.fsys, folder)
	}
	out.list = s.hide(append(out.list, s.list...))
	return out, nil
}

// secrets is what has been found in one cluster.
type secrets struct {
	cluster   string
	position  func(string) diag.Position
	decrypted bool // the engine may decrypt what SOPS has encrypted
	list      diag.List
	literals  []string
	seen      map[string]bool // the files in which something was found
}

// add reports a finding, at a path of the intent or a place in a file.
func (s *secrets) add(found secret.Finding, at string, position diag.Position, where string) {
	s.literals = append(s.literals, found.Literals...)
	d := diag.Diagnostic{Severity: diag.Error, Cluster: s.cluster, Path: at, Position: position}
	if !position.IsValid() && s.position != nil {
		d.Position = s.position(at)
	}
	switch found.Kind {
	case secret.Encrypted:
		if s.decrypted {
			return
		}
		d.Code, d.Message = "MG5073", where+" is encrypted by SOPS, and nothing says that the engine decrypts it"
		d.Suggestion = "set gitops.decryption.secret to the Secret with the key"
	case secret.Object:
		d.Code, d.Message = "MG5071", where+" holds "+found.What+", in the clear"
		d.Suggestion = "encrypt the object with SOPS or as a SealedSecret, or have it made in the cluster; a secret that was committed is to be replaced"
	case secret.Password:
		d.Code, d.Message = "MG5072", where+" holds "+found.What+", in the clear"
		d.Suggestion = "refer to a Secret of the cluster instead, or write a placeholder of gitops.substitute; a password that was committed is to be replaced"
	case secret.Unset:
		d.Code, d.Severity, d.Message = "MG5072", diag.Warning, where+" holds "+found.What+": whoever deploys it as it stands has that for a secret"
		d.Suggestion = "refer to a Secret of the cluster instead, or write a placeholder of gitops.substitute"
	default:
		d.Code, d.Message = "MG5070", where+" holds "+found.What+", in the clear"
		d.Suggestion = "take it out, and refer to a Secret of the cluster instead; what was committed is to be replaced"
	}
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	s.seen[d.Position.File] = s.seen[d.Position.File] || d.Severity == diag.Error
	s.list = append(s.list, d)
}

// intent looks at what the CUE files say, but for patches and manifests.
func (s *secrets) intent(m intent.Mesh) {
	m.Patches, m.Manifests = nil, nil
	text, err := json.Marshal(m)
	var values map[string]any
	if err != nil || json.Unmarshal(text, &values) != nil {
		return // the loader made it from JSON
	}
	for _, found := range secret.InTree(values) {
		at := intent.Join("", found.Keys...)
		s.add(found, at, diag.Position{}, intent.JoinIndexes("", found.Keys))
	}
}

// patch looks at a patch, whatever it is for.
func (s *secrets) patch(at string, p intent.Patch) {
	docs, err := object.Documents([]byte(p.Patch))
	for _, doc := range docs {
		value := doc.Value
		if m, ok := value.(map[string]any); ok && m["kind"] == nil && p.Target != nil {
			m["kind"] = p.Target.Kind
		}
		for _, found := range secret.InTree(value) {
			line, _ := doc.Place(found.Keys...)
			s.inText(found, at, at+".patch", p.File, line)
		}
	}
	if err != nil {
		s.raw(at, at+".patch", p.File, p.Patch)
	}
}

// inText reports a finding in a text that stands in a file of its own or at a
// path of the intent.
func (s *secrets) inText(found secret.Finding, at, inline, file string, line int) {
	if file != "" {
		s.add(found, at, diag.Position{File: file, Line: line, Column: 1}, file)
		return
	}
	s.add(found, inline, diag.Position{}, fmt.Sprintf("line %d of %s", line, inline))
}

// raw looks at a text that cannot be read, or at the comments of one that can.
func (s *secrets) raw(at, inline, file, text string) {
	if found, ok := secret.KeyIn(text); ok {
		s.inText(found, at, inline, file, found.Line)
	}
}

// manifest looks at people's objects.
func (s *secrets) manifest(at string, m intent.Manifest) {
	for i, o := range m.Objects {
		s.inline(fmt.Sprintf("%s.objects[%d]", at, i), o)
	}
	if m.File == "" {
		return
	}
	docs, err := object.Manifests(m.Text)
	before, _ := s.list.Count()
	for _, doc := range docs {
		value, _ := doc.Value.(map[string]any)
		for _, found := range secret.InTree(doc.Value) {
			line, column := doc.Place(found.Keys...)
			where := m.File
			if value != nil && value["kind"] != nil {
				where = (object.Object{Value: value}).ID().String()
			}
			s.add(found, at, diag.Position{File: m.File, Line: line, Column: column}, where)
		}
	}
	if errors, _ := s.list.Count(); err != nil || errors == before {
		s.raw(at, at, m.File, string(m.Text))
	}
}

// inline looks at an object of the intent, or at what a List of it holds.
func (s *secrets) inline(base string, value any) {
	if items, ok := object.Items(value); ok {
		for i, item := range items {
			s.inline(fmt.Sprintf("%s.items[%d]", base, i), item)
		}
		return
	}
	o, _ := value.(map[string]any)
	for _, found := range secret.InTree(value) {
		s.add(found, intent.JoinIndexes(base, found.Keys), diag.Position{}, (object.Object{Value: o}).ID().String())
	}
}

// charts looks at what the repository's own charts give. What stands in values
// comes out of charts again, and has been told.
func (s *secrets) charts(out built) {
	if len(s.literals) > 0 {
		return
	}
	for _, o := range out.made {
		if !o.Origin.Brought || o.Kind() == "CustomResourceDefinition" {
			continue
		}
		for _, found := range secret.InTree(o.Value) {
			template := path.Join("charts", out.mesh.Istio.Version, o.Origin.Chart, o.Origin.Template)
			s.add(found, "istio.version", diag.Position{}, fmt.Sprintf("%s, of template %s,", o.ID(), template))
		}
	}
}

// largest is the biggest CUE file that is looked at as a text; the loader
// refuses bigger ones.
const largest = 4 << 20

// files looks at the CUE files of a folder as texts, for what no value shows:
// comments, fields of no effect, and files that do not compile.
func (s *secrets) files(fsys fs.FS, folder string) {
	entries, _ := fs.ReadDir(fsys, folder) // the loader has said what is wrong with the folder
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".cue") || !e.Type().IsRegular() {
			continue
		}
		name := path.Join(folder, e.Name())
		if s.seen[name] {
			continue
		}
		if info, err := e.Info(); err != nil || info.Size() > largest {
			continue
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			continue
		}
		if found, ok := secret.KeyIn(string(text)); ok {
			s.add(found, "", diag.Position{File: name, Line: found.Line, Column: 1}, name)
		}
	}
}

// namesSecret says whether a field of the language that is called a secret or a
// key holds the name of one.
func namesSecret(path string) bool {
	return strings.HasSuffix(path, ".tls.secret") || path == "gitops.decryption.secret" || strings.HasSuffix(path, "].key")
}

// hide returns the diagnostics without the secrets that they may show.
func (s *secrets) hide(list diag.List) diag.List {
	list = slices.Clone(list)
	for i := range list {
		d := &list[i]
		if strings.HasPrefix(d.Code, "MG507") {
			continue
		}
		d.Message, d.Suggestion = secret.Hide(d.Message, s.literals), secret.Hide(d.Suggestion, s.literals)
		if last := d.Path[strings.LastIndex(d.Path, ".")+1:]; strings.HasPrefix(d.Code, "MG10") && secret.Names(strings.Trim(last, `"`)) && !namesSecret(d.Path) {
			d.Message, d.Suggestion = secret.HideQuoted(d.Message), secret.HideQuoted(d.Suggestion)
		}
		d.Related = slices.Clone(d.Related)
		for j := range d.Related {
			d.Related[j].Message = secret.Hide(d.Related[j].Message, s.literals)
		}
	}
	return list
}
