package hardware

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
