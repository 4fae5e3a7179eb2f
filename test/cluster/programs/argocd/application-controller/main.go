// Command application-controller is Argo CD's application controller with what
// it leans on played in the same process: a Redis in memory, and a repository
// server that builds a folder's kustomizations instead of a Git repository's.
//
//	application-controller FOLDER HOST [flag of Argo CD's application controller]...
//
// FOLDER stands for the root of every repository at every revision; HOST is the
// address that the two listen at, at the ports that they have in a cluster.
package main

import (
	"fmt"
	"net"
	"os"

	"github.com/alicebob/miniredis/v2"
	"google.golang.org/grpc"

	"github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	"github.com/argoproj/argo-cd/v3/reposerver/apiclient"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("usage: application-controller FOLDER HOST [flag]...")
	}
	redis, repositories := net.JoinHostPort(args[1], "6379"), net.JoinHostPort(args[1], "8081")
	if err := miniredis.NewMiniRedis().StartAddr(redis); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", repositories)
	if err != nil {
		return err
	}
	server := grpc.NewServer(grpc.MaxRecvMsgSize(apiclient.MaxGRPCMessageSize), grpc.MaxSendMsgSize(apiclient.MaxGRPCMessageSize))
	apiclient.RegisterRepoServerServiceServer(server, &folder{root: args[0]})
	failed := make(chan error, 2)
	go func() { failed <- server.Serve(listener) }()
	command := commands.NewCommand()
	command.SetArgs(append(args[2:], "--redis="+redis, "--repo-server="+repositories, "--repo-server-plaintext"))
	go func() { failed <- command.Execute() }()
	return <-failed
}
