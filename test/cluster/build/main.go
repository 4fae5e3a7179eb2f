// Command build builds all programs of the suites into the cache, and prints
// where they are. `go test` would end a suite whose programs take longer than
// its timeout; this takes the time that it takes.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/meshgen/meshgen/test/cluster/kube"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	say := func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
	for _, p := range kube.Programs {
		binaries, err := kube.Build(ctx, say, p)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(binaries[p])
	}
}
