// Command kubernetes is a control plane in one program: etcd, kube-apiserver,
// kube-scheduler and kube-controller-manager, which share most of their code,
// so that one program of 170 MB is built instead of four of 100.
//
//	kubernetes etcd|kube-apiserver|kube-scheduler|kube-controller-manager [flags]
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"          // the log format that the components offer
	_ "k8s.io/component-base/metrics/prometheus/clientgo" // as the components' own mains have it
	_ "k8s.io/component-base/metrics/prometheus/version"  // as the components' own mains have it
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

func main() {
	name := ""
	if len(os.Args) > 1 {
		name = os.Args[1]
		os.Args = os.Args[1:]
	}
	components := map[string]func() *cobra.Command{
		"kube-apiserver":          apiserver.NewAPIServerCommand,
		"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
		"kube-controller-manager": controllers.NewControllerManagerCommand,
		"kubectl":                 kubectl.NewDefaultKubectlCommand,
	}
	if name == "etcd" {
		etcdmain.Main(os.Args)
		return
	}
	component, ok := components[name]
	if !ok {
		fmt.Fprintln(os.Stderr, "usage: kubernetes etcd|kube-apiserver|kube-scheduler|kube-controller-manager|kubectl ...")
		os.Exit(2)
	}
	os.Exit(cli.Run(component()))
}
