package workloadtest

import (
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/meshgen/meshgen/internal/schedule"
	"github.com/meshgen/meshgen/internal/schedule/scheduletest"
)

// Orders is in how many orders a change is tried that meshgen refuses: if none of
// them ends well, the real one must not either.
const Orders = 60

// Verdict is what meshgen says of a change.
type Verdict int

// The verdicts.
const (
	Ends    Verdict = iota // it comes to its end
	MayStop                // it may come to a halt
	Stops                  // it comes to a halt in each of Orders
)

// Judge asks what comes of a change, and why. ok is false for one whose pods may
// find no nodes before it begins.
func Judge(u scheduletest.Change) (v Verdict, how string, ok bool, err error) {
	rest, after, err := Scenarios(u)
	if err != nil || !rest.Judge().Fits {
		return 0, "", false, err
	}
	said := after.Judge()
	if said.Fits {
		return Ends, fmt.Sprintf("certain %v, exhaustive %v", said.Certain, said.Exhaustive), true, nil
	}
	for order := range Orders {
		if len(after.Run(order).Pending()) == 0 {
			return MayStop, "", true, nil
		}
	}
	return Stops, left(u, said.Witness), true, nil
}

// left are the pods that a run leaves pending, and why.
func left(u scheduletest.Change, r *schedule.Run) string {
	var all []string
	for _, p := range r.Pending() {
		for _, why := range r.Why(p) {
			all = append(all, fmt.Sprintf("%s on %s: %s %s", p.Name, u.Nodes[why.Node].Name, why.Code, why.Text))
		}
	}
	return strings.Join(all, "; ")
}

// KindOf is what a change is, in the words of the page.
func KindOf(u scheduletest.Change) string {
	switch {
	case u.Lost != "":
		return "a node is lost under a Deployment"
	case u.DaemonSet != nil && u.DaemonSet.Spec.UpdateStrategy.RollingUpdate != nil && u.DaemonSet.Spec.UpdateStrategy.RollingUpdate.MaxSurge != nil:
		return "DaemonSet with a surge"
	case u.DaemonSet != nil:
		return "DaemonSet"
	case u.Deployment.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType:
		return "Deployment that is made anew"
	}
	return "Deployment that rolls"
}

// Kinds are all that KindOf returns.
func Kinds() []string {
	return []string{"Deployment that rolls", "Deployment that is made anew", "DaemonSet", "DaemonSet with a surge", "a node is lost under a Deployment"}
}
