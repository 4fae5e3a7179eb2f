package host

import (
	"fmt"
	"strings"

	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

const reservedNote = `
The kubelet reserves what %NAME% itself uses: its own processes are no pods, and
without this the scheduler would promise their memory to pods a second time.
meshgen plan shows where the figures come from.
`

const agentHeader = `
Configuration of %NAME% for the mesh: merge it into /etc/rancher/%DIR%/config.yaml
of every agent, or put it beside that file as config.yaml.d/meshgen.yaml.
Restart %NAME% to apply it.
` + reservedNote

const poolHeader = `
Configuration of %NAME% for the mesh: merge it into /etc/rancher/%DIR%/config.yaml
of every node of pool %POOL%, or put it beside that file as
config.yaml.d/meshgen-reserved.yaml. Restart %NAME% to apply it.
` + reservedNote

const k3dAgentHeader = `
Configuration of K3s for the mesh: mount it into the agents when k3d makes the
cluster, --volume "$PWD/agent-config.yaml:/etc/rancher/k3s/config.yaml@agent:*".
` + reservedNote

const k3dPoolHeader = `
Configuration of K3s for the mesh: mount it into the nodes of pool %POOL% when
k3d makes the cluster, for each its number in the place of N:
  --volume "$PWD/%FILE%:/etc/rancher/k3s/config.yaml.d/meshgen-reserved.yaml@%ROLE%:N"
` + reservedNote

// kubeletArg is the option by which K3s and RKE2 hand arguments to the kubelet.
// The plus sign adds to what another file of the node says, instead of taking
// its place (k3s-io/docs docs/installation/configuration.md, "Value Merge Behavior").
const kubeletArg = "kubelet-arg+"

// reserved is what the kubelet of a pool's nodes is told to reserve: exactly
// what package hardware subtracts from the capacity, so that what the scheduler
// calls allocatable is what meshgen counted with. It is nil where nothing is
// kept.
func reserved(c model.Cluster, pool model.Pool) []any {
	sum := hardware.Sum(hardware.Reserves(c, pool))
	var parts []string
	if sum.CPU > 0 {
		parts = append(parts, fmt.Sprintf("cpu=%dm", sum.CPU))
	}
	if sum.Memory > 0 {
		parts = append(parts, "memory="+exactMemory(sum.Memory))
	}
	if len(parts) == 0 {
		return nil
	}
	return object.Strings("system-reserved=" + strings.Join(parts, ","))
}

// exactMemory writes bytes in the largest binary unit that holds them exactly.
func exactMemory(bytes int64) string {
	switch {
	case bytes%hardware.Mi == 0:
		return fmt.Sprintf("%dMi", bytes/hardware.Mi)
	case bytes%hardware.Ki == 0:
		return fmt.Sprintf("%dKi", bytes/hardware.Ki)
	}
	return fmt.Sprint(bytes)
}

// agree returns what the kubelets of all pools of a role reserve, and whether
// they reserve the same.
func agree(c model.Cluster, role string) ([]any, bool) {
	var common []any
	seen := false
	for _, pool := range c.Pools {
		if pool.Role != role {
			continue
		}
		own := reserved(c, pool)
		if seen && !same(own, common) {
			return nil, false
		}
		common, seen = own, true
	}
	return common, true
}

func same(a, b []any) bool {
	return len(a) == len(b) && (len(a) == 0 || a[0] == b[0])
}

// reservations returns the files of the agents, and of the pools of a role that
// do not agree.
func reservations(c model.Cluster, dir, name string) []file {
	var files []file
	fill := func(header string, pool model.Pool, path string) string {
		return strings.NewReplacer("%NAME%", name, "%DIR%", dir, "%POOL%", pool.Name, "%FILE%", path, "%ROLE%", pool.Role).Replace(header)
	}
	agents, poolwise := agentHeader, poolHeader
	if c.Platform == "k3d" {
		agents, poolwise = k3dAgentHeader, k3dPoolHeader
	}
	for _, role := range []string{"server", "agent"} {
		common, equal := agree(c, role)
		if equal && role == "agent" && len(common) > 0 {
			files = append(files, file{dir + "/agent-config.yaml", fill(agents, model.Pool{}, ""), map[string]any{kubeletArg: common}})
		}
		if equal {
			continue
		}
		for _, pool := range c.Pools {
			if own := reserved(c, pool); pool.Role == role && len(own) > 0 {
				path := "pool-" + pool.Name + ".yaml"
				files = append(files, file{dir + "/" + path, fill(poolwise, pool, path), map[string]any{kubeletArg: own}})
			}
		}
	}
	return files
}
