package command

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/exec/engine"
)

// sessionFlags are the flags of all verbs that run statements.
type sessionFlags struct {
	mode        string
	parallelism int
	memory      string
	restore     string
	defines     []string
	target      targetFlags // of the verbs that take one
	detached    bool
}

func (f *sessionFlags) add(c *cobra.Command) {
	fs := c.Flags()
	fs.StringVar(&f.mode, "mode", "", "auto, batch or streaming (execution.runtime-mode)")
	fs.IntVarP(&f.parallelism, "parallelism", "p", 0, "subtasks of each operator; 0: all cores (parallelism.default)")
	fs.StringVar(&f.memory, "memory", "", "the one memory number of the process, such as 512MiB (weir.memory.size)")
	fs.StringVar(&f.restore, "restore", "", "checkpoint or savepoint to start from, or latest (execution.state-recovery.path)")
	fs.StringArrayVarP(&f.defines, "define", "D", nil, "any option, as SET would: -D key=value")
}

// addCluster adds those of the verbs that start a job manager.
func (f *sessionFlags) addCluster(c *cobra.Command) {
	fs := c.Flags()
	fs.StringVar(&f.mode, "mode", "", "auto, batch or streaming (execution.runtime-mode)")
	fs.IntVarP(&f.parallelism, "parallelism", "p", 0, "subtasks of each operator; 0: all slots (parallelism.default)")
	fs.StringVar(&f.restore, "restore", "", "checkpoint or savepoint to start from, or latest (execution.state-recovery.path)")
	fs.StringArrayVarP(&f.defines, "define", "D", nil, "any option of the process, or of all sessions: -D key=value")
}

// defined reads key=value.
func defined(defines []string) (option.Values, error) {
	v := option.Values{}
	for _, d := range defines {
		key, value, ok := strings.Cut(d, "=")
		if !ok {
			return nil, usage("-D takes key=value, not %q", d)
		}
		v[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	return v, nil
}

// options are the flags as session options.
func (f *sessionFlags) options() (option.Values, error) {
	v, err := defined(f.defines)
	if err != nil {
		return nil, err
	}
	if f.mode != "" {
		v[engine.OptMode.Key] = f.mode
	}
	if f.parallelism != 0 {
		v[engine.OptParallelism.Key] = itoa(f.parallelism)
	}
	if f.memory != "" {
		v[engine.OptMemory.Key] = f.memory
	}
	if f.restore != "" {
		v[engine.OptRestore.Key] = f.restore
	}
	return v, nil
}

// notice tells the user something on stderr.
func (a *app) notice(text string) {
	if !a.quiet {
		fmt.Fprintln(a.streams.Err, text)
	}
}

// log is where the engine warns of what it lives through: restarts, commits that
// are tried again.
func (a *app) log() *slog.Logger {
	if a.quiet {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(a.streams.Err, &slog.HandlerOptions{Level: slog.LevelWarn}))
}
