package hardware

import "math/bits"

// What Istio publishes that its parts use, measured with 1.24 at 1,000 requests a
// second of 1 KB: https://istio.io/latest/docs/ops/deployment/performance-and-scalability/.
// Sizes follow from these figures, and limits are held against them. The page's
// GB and MB are decimal; only the CPU of a proxy grows with the rate.
const (
	IstiodServices = 1000 // one istiod serves these services
	IstiodProxies  = 2000 // and these sidecars,
	IstiodCPU      = 1000 // with these millicores
	IstiodMemory   = 1_500_000_000

	SidecarCPU    = 200 // of a sidecar, and of a gateway's proxy
	WaypointCPU   = 250
	ProxyMemory   = 60_000_000 // of either
	ZtunnelCPU    = 60
	ZtunnelMemory = 12_000_000
)

// IstiodIdle, ProxyIdle and ZtunnelIdle are what the processes use when nothing
// happens. The first two are what the charts' demo profile asks for; a cluster of
// eight nodes measured ztunnel at 22 to 36 millicores and 11 to 29Mi
// (ricsanfre/pi-cluster).
func IstiodIdle() Amount { return Amount{CPU: 10, Memory: 100 * Mi} }

// ProxyIdle is an Envoy's: see IstiodIdle.
func ProxyIdle() Amount { return Amount{CPU: 10, Memory: 40 * Mi} }

// ZtunnelIdle is ztunnel's: see IstiodIdle.
func ZtunnelIdle() Amount { return Amount{CPU: 36, Memory: 29 * Mi} }

// RoundCPU rounds millicores up: to tens up to 100, to fifties up to a core, to
// quarters of a core above.
func RoundCPU(milli int64) int64 {
	step := int64(250)
	switch {
	case milli <= 100:
		step = 10
	case milli <= 1000:
		step = 50
	}
	return (milli + step - 1) / step * step
}

// RoundMemory rounds bytes up to a power of two or one and a half of one, in Mi,
// and above a Gi to quarters of a Gi.
func RoundMemory(bytes int64) int64 {
	mi := (bytes + Mi - 1) / Mi
	step := int64(256)
	if mi <= 1024 {
		step = max(int64(1)<<max(bits.Len64(uint64(max(mi, 1)-1))-2, 0), 1)
	}
	return (mi + step - 1) / step * step * Mi
}
