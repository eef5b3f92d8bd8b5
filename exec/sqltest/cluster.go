package sqltest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/exec/engine"
)

// join starts two task managers for a job manager: one with a slot, one with the
// rest, so that some subtasks share a process and others do not.
func join(e *engine.Engine, c engine.Config, slots int) (leave func() error, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	ends := make(chan error, 2)
	running := 0
	leave = func() (err error) {
		cancel()
		for range running {
			err = errors.Join(err, <-ends)
		}
		return err
	}
	for _, n := range []int{1, max(1, slots-1)} {
		config := c
		config.SpillDir = filepath.Join(c.SpillDir, fmt.Sprint(n))
		t, err := engine.OpenTaskManager(engine.TaskManagerConfig{
			Config: config, ID: fmt.Sprint("slots-", n), JobManager: e.Address(), Options: option.Values{engine.OptSlots.Key: fmt.Sprint(n)},
		})
		if err != nil {
			return nil, errors.Join(err, leave())
		}
		running++
		go func() { ends <- errors.Join(t.Run(ctx), t.Close()) }()
	}
	return leave, nil
}
