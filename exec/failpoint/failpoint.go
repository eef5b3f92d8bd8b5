// Package failpoint kills the process at named places, so that tests can crash
// it where a crash hurts most. WEIR_FAILPOINTS=name:action,… names them; a
// number behind the action (name:kill:3) lets the first hits pass.
//
// Actions: kill (SIGKILL to itself), exit (status 3), panic, hang (whoever hits
// it). Without the variable a Hit costs one load.
package failpoint

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

type point struct {
	action string
	left   atomic.Int64 // hits until it acts
}

var points = parse(os.Getenv("WEIR_FAILPOINTS"))

func parse(s string) map[string]*point {
	var out map[string]*point
	for spec := range strings.SplitSeq(s, ",") {
		f := strings.Split(strings.TrimSpace(spec), ":")
		if len(f) < 2 {
			continue
		}
		p := &point{action: f[1]}
		p.left.Store(1)
		if len(f) > 2 {
			if n, err := strconv.ParseInt(f[2], 10, 64); err == nil {
				p.left.Store(n)
			}
		}
		if out == nil {
			out = map[string]*point{}
		}
		out[f[0]] = p
	}
	return out
}

// Hit acts when the named point is armed.
func Hit(name string) {
	if points == nil {
		return
	}
	p := points[name]
	if p == nil || p.left.Add(-1) != 0 {
		return
	}
	switch p.action {
	case "kill":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // until the signal arrives
	case "exit":
		os.Exit(3)
	case "hang":
		select {}
	case "panic":
		panic("failpoint " + name)
	}
}
