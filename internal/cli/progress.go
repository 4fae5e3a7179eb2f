package cli

import (
	"fmt"
	"sync"
	"time"

	"github.com/meshgen/meshgen/internal/diag"
)

// progress tells a person at a terminal how far long work is, on one line that
// goes when the work is done.
type progress struct {
	mu          sync.Mutex
	done, total int

	quit chan struct{}
	wait sync.WaitGroup
}

// interval is the time between two looks at how far the work is.
const interval = 100 * time.Millisecond

// startProgress begins to watch. Nothing is printed before the work has taken a
// while, nor when nobody watches.
func (c *Container) startProgress() *progress {
	p := &progress{quit: make(chan struct{})}
	if !c.Terminal(c.Stderr) {
		return p
	}
	p.wait.Go(func() {
		pause, shown := c.ProgressAfter, ""
		for {
			select {
			case <-p.quit:
				if shown != "" {
					fmt.Fprint(c.Stderr, "\r"+diag.ClearLine)
				}
				return
			case <-time.After(pause):
			}
			done, total := p.get()
			if line := fmt.Sprintf("\rcompiling: %d of %d clusters"+diag.ClearLine, done, total); total > 0 && line != shown {
				fmt.Fprint(c.Stderr, line)
				shown = line
			}
			pause = interval
		}
	})
	return p
}

// set takes the count; the compiler calls it from any of its goroutines, and so
// perhaps out of order.
func (p *progress) set(done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done, p.total = max(p.done, done), total
}

func (p *progress) get() (done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done, p.total
}

// stop ends the watch and clears the line.
func (p *progress) stop() {
	close(p.quit)
	p.wait.Wait()
}
