package fit

import (
	"fmt"
	"testing"

	"github.com/meshgen/meshgen/internal/model"
)

// fleet is a cluster of n nodes in three zones with twenty applications' pods a
// node, filled by two thirds: istiod and a gateway spread over zones, an
// autoscaler, ztunnel everywhere.
func fleet(t testing.TB, n int) *cluster {
	const spread = `      topologySpreadConstraints: [{maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: %s}}, matchLabelKeys: [pod-template-hash]}]
`
	c := newCluster(t).pool("node", n, "16", "64Gi", func(p *model.Pool) { p.Zones = []string{"a", "b", "c"} })
	c.istiod(3, "500m", "2Gi", fmt.Sprintf(spread, "istiod")).ztunnel("200m", "512Mi")
	c.gateway("public", 2, "100m", "128Mi", fmt.Sprintf(spread, "public")).scaled(2, 10)
	for i := range 10 {
		c.apps(fmt.Sprintf("app-%d", i), 2*n, fmt.Sprintf("%dm", 350+20*i), fmt.Sprintf("%dMi", 1200+128*i))
	}
	return c
}

// BenchmarkCheck holds clusters against their nodes: all four questions, and
// the report.
func BenchmarkCheck(b *testing.B) {
	for _, n := range []int{3, 100, 5000} {
		b.Run(fmt.Sprintf("%dnodes", n), func(b *testing.B) {
			c := fleet(b, n)
			b.ReportAllocs()
			for b.Loop() {
				if report, text := c.check(); text != "" || report.Answers[nodeLost].Verdict != Fits {
					b.Fatal(text, report.Answers)
				}
			}
		})
	}
}
