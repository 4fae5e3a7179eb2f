// Command meshgen compiles a declared mesh intent into Kubernetes manifests.
package main

import (
	"os"

	"github.com/meshgen/meshgen/internal/cli"
)

func main() { os.Exit(cli.Main()) }
