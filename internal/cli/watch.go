package cli

import (
	"fmt"
	"runtime"
	"runtime/metrics"
	"time"
)

// look is the time between two looks at what an evaluation has taken. An
// evaluation can ask for a gigabyte in about a second.
const look = 20 * time.Millisecond

// watch bounds the evaluation of one cluster's files: a sound one takes a
// hundredth of a second. It counts its own looks instead of asking the clock,
// so that a machine that was suspended, or has no time for meshgen at all, does
// not end anything. Memory is the process's, which other evaluations and the
// charts take from too; so the bound is far above what those need.
func (c *Container) watch() (tooMuch <-chan string, stop func()) {
	said, quit := make(chan string, 1), make(chan struct{})
	go func() {
		ticker := time.NewTicker(look)
		defer ticker.Stop()
		before := memoryUsed()
		for looks := time.Duration(1); ; looks++ {
			select {
			case <-quit:
				return
			case <-ticker.C:
			}
			switch {
			case c.Memory > 0 && memoryUsed() > before+c.Memory && memoryLive() > before+c.Memory:
				said <- fmt.Sprintf("%d MiB of memory", c.Memory>>20)
				return
			case c.Patience > 0 && looks*look > c.Patience:
				said <- c.Patience.String()
				return
			}
		}
	}()
	return said, func() { close(quit) }
}

// memoryLive returns what memoryUsed does when the garbage is gone, which in a
// large fleet alone comes to some hundred megabytes.
func memoryLive() uint64 {
	runtime.GC()
	return memoryUsed()
}

// memoryUsed returns how many bytes the program's values and its stacks take,
// garbage included.
func memoryUsed() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() + samples[1].Value.Uint64()
}
