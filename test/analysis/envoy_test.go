package analysis

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	_ "istio.io/istio/pkg/config/validation/envoyfilter" // brings the types that istiod decodes into
)

// envoyTypes are the descriptors that the compiler holds EnvoyFilters against.
const envoyTypes = "../../internal/validate/envoy.binpb.gz"

// TestEnvoyTypes: the compiler knows the types of Envoy that this istiod knows.
// MESHGEN_UPDATE=1 writes them.
func TestEnvoyTypes(t *testing.T) {
	want := registered(t)
	if os.Getenv("MESHGEN_UPDATE") != "" {
		var packed bytes.Buffer
		w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(want); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(envoyTypes, packed.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	packed, err := os.Open(envoyTypes)
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	r, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s is not of this istiod; run this test with MESHGEN_UPDATE=1", envoyTypes)
	}
}

// registered returns the files of all types that are linked, but for those of
// Kubernetes, as a FileDescriptorSet.
func registered(t *testing.T) []byte {
	t.Helper()
	var files []protoreflect.FileDescriptor
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if under(f.Path(), "envoy/", "contrib/envoy/", "udpa/", "xds/", "validate/", "cel/", "google/", "opentelemetry/", "prometheus/", "io/prometheus/", "istio/") || strings.HasSuffix(f.Path(), "metrics.proto") {
			files = append(files, f)
		}
		return true
	})
	slices.SortFunc(files, func(a, b protoreflect.FileDescriptor) int { return strings.Compare(a.Path(), b.Path()) })
	set := &descriptorpb.FileDescriptorSet{}
	for _, f := range files {
		set.File = append(set.File, protodesc.ToFileDescriptorProto(f))
	}
	if _, err := protodesc.NewFiles(set); err != nil {
		t.Fatalf("the set is not whole: %v", err)
	}
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func under(path string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return strings.HasPrefix(path, f) })
}
