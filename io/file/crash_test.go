package file

import (
	"context"
	"errors"

	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/fs"
)

// dying is a disk on which the process dies behind some changes.
type dying struct {
	fs.Local
	left int
}

var errDied = errors.New("the process has died")

func (d *dying) step() error {
	if d.left == 0 {
		return errDied
	}
	d.left--
	return nil
}

func (d *dying) Remove(name string) error {
	if err := d.step(); err != nil {
		return err
	}
	return d.Local.Remove(name)
}

func (d *dying) RemoveAll(name string) error {
	if err := d.step(); err != nil {
		return err
	}
	return d.Local.RemoveAll(name)
}

func (d *dying) Create(name string) (fs.Writer, error) {
	if err := d.step(); err != nil {
		return nil, err
	}
	return d.Local.Create(name)
}

func (d *dying) SyncDir(name string) error {
	if err := d.step(); err != nil {
		return err
	}
	return d.Local.SyncDir(name)
}

func (d *dying) Swap(a, b string) error {
	if err := d.step(); err != nil {
		return err
	}
	return d.Local.Swap(a, b)
}

// CommitUntil commits, and dies behind some changes of the disk; false: there were not as many.
func CommitUntil(s connector.Sink, changes int, c []connector.Committable) bool {
	dead := *s.(*sink)
	dead.fsys = &dying{left: changes}
	committer, err := dead.OpenCommitter(context.Background(), connector.WriterContext{Job: "new", Sink: "sink", Parallelism: 1})
	if err == nil {
		_, err = committer.Commit(context.Background(), c)
	}
	return err != nil
}
