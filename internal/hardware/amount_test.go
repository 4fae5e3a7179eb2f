package hardware

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/meshgen/meshgen/internal/intent"
)

func TestParseAmount(t *testing.T) {
	for _, test := range []struct {
		cpu, memory string
		want        Amount
	}{
		{"", "", Amount{}},
		{"2", "4Gi", Amount{2000, 4 * Gi}},
		{"0.5", "1.5Gi", Amount{500, 3 * Gi / 2}},
		{"250m", "128Mi", Amount{250, 128 * Mi}},
		{"0.0015", "500M", Amount{2, 500_000_000}}, // rounded up
		{"1", "0.5", Amount{1000, 1}},
		{"99999999999999999999", "99999999999999999999Ti", Amount{most, most}}, // no machine has it
	} {
		got, err := ParseAmount(intent.ResourceList{CPU: test.cpu, Memory: test.memory})
		if err != nil || got != test.want {
			t.Errorf("%q %q: %v, %v, want %v", test.cpu, test.memory, got, err, test.want)
		}
	}
	for _, bad := range []intent.ResourceList{{CPU: "two"}, {Memory: "4 GB"}} {
		if got, err := ParseAmount(bad); err == nil {
			t.Errorf("%+v is %v", bad, got)
		}
	}
}

func TestFromList(t *testing.T) {
	got := FromList(corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("1500m"), corev1.ResourceMemory: resource.MustParse("1Ei"),
		corev1.ResourceEphemeralStorage: resource.MustParse("1Gi"),
	})
	if want := (Amount{1500, most}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTexts(t *testing.T) {
	for _, test := range []struct {
		amount Amount
		want   string
	}{
		{Amount{}, "0 CPU and 0"},
		{Amount{2000, 4 * Gi}, "2 CPU and 4Gi"},
		{Amount{1500, 3 * Gi / 2}, "1500m CPU and 1.5Gi"},
		{Amount{60, 1596 * Mi}, "60m CPU and 1596Mi"},
		{Amount{60, 1536 * Mi}, "60m CPU and 1.5Gi"},
		{Amount{1, 60_000_000}, "1m CPU and 57Mi"},
		{Amount{0, 2000}, "0 CPU and 1Ki"},
		{Amount{0, 12}, "0 CPU and 12"},
		{Amount{-100, -64 * Mi}, "-100m CPU and -64Mi"},
	} {
		if got := test.amount.String(); got != test.want {
			t.Errorf("%d, %d is %q, want %q", test.amount.CPU, test.amount.Memory, got, test.want)
		}
	}
}

func TestArithmetic(t *testing.T) {
	a, b := Amount{100, 200}, Amount{300, 50}
	for name, test := range map[string]struct{ got, want Amount }{
		"sum":        {a.Add(b), Amount{400, 250}},
		"difference": {a.Sub(b), Amount{-200, 150}},
		"times":      {a.Times(3), Amount{300, 600}},
		"larger":     {a.Max(b), Amount{300, 200}},
	} {
		if test.got != test.want {
			t.Errorf("%s: %v, want %v", name, test.got, test.want)
		}
	}
	if a.Fits(b) || b.Fits(a) || !a.Fits(Amount{100, 200}) || a.IsZero() || !(Amount{}).IsZero() {
		t.Error("Fits wants both, IsZero too")
	}
}
