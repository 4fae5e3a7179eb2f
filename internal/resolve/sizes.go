package resolve

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// Options are what a caller may decide about a resolution.
type Options struct {
	// Auto is the step that size "auto" takes. Whoever holds the mesh against
	// its nodes begins with Comfort, and takes Need when that does not fit.
	Auto AutoStep

	// Roomy are the paths of components whose size takes Comfort whatever Auto
	// says: those that can have it beside the others.
	Roomy []string
}

// AutoStep says how much room size "auto" leaves.
type AutoStep int

// The steps of size "auto".
const (
	Comfort AutoStep = iota // twice what the declared load needs
	Need                    // what it needs, and no more
)

// ztunnelPod is what a pod of the cluster adds to ztunnel: its chart sizes 512Mi
// for 200,000 pods (its values.yaml).
const ztunnelPod = 512 * hardware.Mi / 200_000

// scaledCPU is the least request of what an autoscaler scales: the smallest that
// the charts scale.
const scaledCPU = 100

// fixed are the amounts of the sizes that follow from nothing. Large istiod is
// the published figure with a third to spare, medium half of the load of that,
// small a hundred pods; limits of memory alone, because an istiod that is slowed
// holds up every proxy. Medium proxies, waypoints and gateways are what the
// charts ask for, enough for 500 requests a second; large ones are for 2,500
// with their HTTP filters; small ones what a shop's single node has run with.
// Small ztunnel has twice the measured use, large is the chart's.
var fixed = map[string]map[intent.Size]intent.Resources{
	"istiod": {
		intent.Small:  amounts("100m", "256Mi", "", "512Mi"),
		intent.Medium: amounts("500m", "1Gi", "", "2Gi"),
		intent.Large:  amounts("1", "2Gi", "", "4Gi"),
	},
	"ztunnel": {
		intent.Small:  amounts("50m", "64Mi", "", "256Mi"),
		intent.Medium: amounts("100m", "128Mi", "", "512Mi"),
		intent.Large:  amounts("200m", "512Mi", "", "1Gi"),
	},
	"proxy": {
		intent.Small:  amounts("50m", "64Mi", "500m", "256Mi"),
		intent.Medium: amounts("100m", "128Mi", "2", "1Gi"),
		intent.Large:  amounts("500m", "256Mi", "2", "1Gi"),
	},
}

// loads are what the fixed sizes are for, in the words of a reason.
var loads = map[string]map[intent.Size]string{
	"istiod": {
		intent.Small:  "for a hundred pods and fifty services",
		intent.Medium: "for a thousand pods and five hundred services",
		intent.Large:  "for two thousand proxies and a thousand services (Istio performance and scalability), with a third to spare",
	},
	"ztunnel": {
		intent.Small:  "for some hundred pods and 200 requests a second on a node: twice what ztunnel was measured to use",
		intent.Medium: "for some thousand pods and 1,000 requests a second on a node",
		intent.Large:  "for 200,000 pods: what the ztunnel chart asks for",
	},
	"proxy": {
		intent.Small:  "for 250 requests a second of each proxy",
		intent.Medium: "for 500 requests a second of each proxy: what the charts ask for",
		intent.Large:  "for 2,500 requests a second of each proxy",
	},
}

func amounts(cpu, memory, cpuLimit, memoryLimit string) intent.Resources {
	return intent.Resources{Requests: intent.ResourceList{CPU: cpu, Memory: memory}, Limits: intent.ResourceList{CPU: cpuLimit, Memory: memoryLimit}}
}

// sizes replaces the resources of components that have a size.
func (r *resolver) sizes() {
	d := r.declared()
	m, in := &r.out, r.in
	r.size("controlPlane", "istiod", in.ControlPlane.Size, m.ControlPlane.Autoscaling, &m.ControlPlane.Resources, func() (hardware.Amount, string) { return istiodNeed(d) })
	r.size("dataPlane.ztunnel", "ztunnel", in.DataPlane.Ztunnel.Size, nil, &m.Ztunnel.Resources, func() (hardware.Amount, string) { return ztunnelNeed(d) })
	r.size("dataPlane.proxy", "proxy", in.DataPlane.Proxy.Size, nil, &m.Proxy.Resources, func() (hardware.Amount, string) {
		return proxyNeed("a sidecar", d.podRate, hardware.SidecarCPU)
	})
	r.size("dataPlane.waypoint", "proxy", in.DataPlane.Waypoint.Size, nil, &m.Waypoint, func() (hardware.Amount, string) {
		return proxyNeed("a waypoint", d.waypointRate, hardware.WaypointCPU)
	})
	for i := range m.Gateways {
		g := &m.Gateways[i]
		r.size(g.Path, "proxy", in.Gateways[g.Name].Size, g.Autoscaling, &g.Resources, func() (hardware.Amount, string) {
			return proxyNeed("a pod of the gateway", r.gatewayRate(*g, d), hardware.SidecarCPU)
		})
	}
	slices.SortFunc(m.Sizings, func(a, b model.Sizing) int { return cmp.Compare(a.Path, b.Path) })
}

// size puts amounts in the place of a size. What resources say stays as it is.
func (r *resolver) size(path, kind string, size intent.Size, scaled *intent.Autoscaling, resources *intent.Resources, need func() (hardware.Amount, string)) {
	if size == "" || size == intent.NoSize {
		return
	}
	amounts, reason := fixed[kind][size], string(size)+", "+loads[kind][size]
	sizing := model.Sizing{Path: path, Size: size, Stated: *resources}
	if size == intent.Auto {
		step := r.options.Auto
		if slices.Contains(r.options.Roomy, path) {
			step = Comfort
		}
		amounts, reason = auto(step, kind, scaled != nil, need)
		if step == Need {
			roomy, _ := auto(Comfort, kind, scaled != nil, need)
			sizing.Least, sizing.Roomy = true, fill(*resources, roomy)
		}
	}
	*resources = fill(*resources, amounts)
	sizing.Resources, sizing.Reason = *resources, reason
	r.out.Sizings = append(r.out.Sizings, sizing)
}

// auto is what size "auto" stands for in a step. Limits do not depend on the
// step, so that what is near its nodes' end is not also near its own. An
// autoscaler counts in percent of the request: of a small one, any push of
// configuration would be enough to add replicas.
func auto(step AutoStep, kind string, scaled bool, need func() (hardware.Amount, string)) (intent.Resources, string) {
	needs, reason := need()
	asks := needs
	switch step {
	case Need:
		reason += "; twice that does not fit"
	default:
		asks = asks.Times(2)
		reason += "; twice that, where it fits"
	}
	if scaled && asks.CPU < scaledCPU {
		asks.CPU = scaledCPU
		reason += fmt.Sprintf("; %s CPU at least, because the autoscaler counts in percent of it", hardware.CPUText(scaledCPU))
	}
	limit := needs.Times(4).Max(hardware.Amount{CPU: 2000, Memory: 256 * hardware.Mi})
	if kind == "istiod" {
		limit.Memory = max(limit.Memory, 512*hardware.Mi)
	}
	out := intent.Resources{
		Requests: intent.ResourceList{CPU: hardware.CPUText(hardware.RoundCPU(asks.CPU)), Memory: hardware.MemoryText(hardware.RoundMemory(asks.Memory))},
		Limits:   intent.ResourceList{Memory: hardware.MemoryText(hardware.RoundMemory(limit.Memory))},
	}
	if kind == "proxy" { // the number of Envoy's threads follows from it
		out.Limits.CPU = hardware.CPUText(max(hardware.RoundCPU(limit.CPU), 2000))
	}
	return out, reason
}

// istiodNeed is the published figure, by proxies or by services, whichever is
// more, with what an idle istiod uses as the least.
func istiodNeed(d declared) (hardware.Amount, string) {
	share := max(float64(d.proxies)/hardware.IstiodProxies, float64(d.services)/hardware.IstiodServices)
	need := scaled(hardware.IstiodCPU, hardware.IstiodMemory, share).Max(hardware.IstiodIdle())
	return need, fmt.Sprintf("%s and %s need %s (Istio performance and scalability; idle %s)",
		counted(d.proxies, "proxy", "proxies"), diag.Plural(d.services, "service"), rounded(need), hardware.IstiodIdle())
}

// ztunnelNeed is what an idle ztunnel uses, what the pods of the cluster add to
// that, and what the requests of a node add.
func ztunnelNeed(d declared) (hardware.Amount, string) {
	need := hardware.ZtunnelIdle().Add(scaled(hardware.ZtunnelCPU, hardware.ZtunnelMemory, d.nodeRate/1000))
	need.Memory += int64(d.pods) * ztunnelPod
	return need, fmt.Sprintf("%s and %s a node need %s (Istio performance and scalability; measured idle %s)",
		diag.Plural(d.pods, "pod"), perSecond(d.nodeRate), rounded(need), hardware.ZtunnelIdle())
}

// proxyNeed is what an Envoy needs at a rate; cpu is what it uses at 1,000
// requests a second. Its memory follows from its configuration rather than from
// the rate, and so is the published figure as the least.
func proxyNeed(what string, rate float64, cpu int64) (hardware.Amount, string) {
	need := scaled(cpu, 0, rate/1000).Max(hardware.ProxyIdle())
	need.Memory = max(need.Memory, hardware.ProxyMemory)
	if rate == 0 {
		return need, fmt.Sprintf("no requestRate is declared: %s needs %s idle (Istio performance and scalability, the charts' demo profile)", what, rounded(need))
	}
	return need, fmt.Sprintf("%s with %s needs %s (Istio performance and scalability)", what, perSecond(rate), rounded(need))
}

// scaled is a share of an amount, rounded up.
func scaled(cpu, memory int64, share float64) hardware.Amount {
	const most = 1e12
	return hardware.Amount{
		CPU:    int64(math.Ceil(min(float64(cpu)*share, most))),
		Memory: int64(math.Ceil(min(float64(memory)*share, most))),
	}
}

// rounded writes an amount in the quantities that it becomes.
func rounded(a hardware.Amount) string {
	return hardware.Amount{CPU: hardware.RoundCPU(a.CPU), Memory: hardware.RoundMemory(a.Memory)}.String()
}

func perSecond(rate float64) string {
	if whole := math.Round(rate); whole >= 10 || whole == rate {
		return fmt.Sprintf("%.0f requests a second", whole)
	}
	return fmt.Sprintf("%.2g requests a second", rate)
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// fill returns what is stated, and where nothing is, what the size gives. What
// the size gives yields, so that no request comes to stand above its limit.
func fill(stated, given intent.Resources) intent.Resources {
	out := stated
	out.Requests.CPU, out.Limits.CPU = pair(stated.Requests.CPU, stated.Limits.CPU, given.Requests.CPU, given.Limits.CPU, hardware.ParseCPU)
	out.Requests.Memory, out.Limits.Memory = pair(stated.Requests.Memory, stated.Limits.Memory, given.Requests.Memory, given.Limits.Memory, hardware.ParseMemory)
	return out
}

// pair fills a request and its limit.
func pair(request, limit, givenRequest, givenLimit string, parse func(string) (int64, error)) (string, string) {
	above := func(a, b string) bool {
		x, err1 := parse(a)
		y, err2 := parse(b)
		return a != "" && b != "" && err1 == nil && err2 == nil && x > y
	}
	switch {
	case request == "" && limit == "":
		return givenRequest, givenLimit
	case request == "":
		if above(givenRequest, limit) {
			return limit, limit
		}
		return givenRequest, limit
	case limit == "":
		if above(request, givenLimit) {
			return request, request
		}
		return request, givenLimit
	}
	return request, limit
}
