package file

import (
	"context"
	"errors"
	"path"
	"strings"

	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/fs"
)

// committer publishes drafts, and then says which partitions are complete.
type committer struct {
	sink   *sink
	wc     connector.WriterContext
	prefix string
}

func (c *committer) Commit(_ context.Context, list []connector.Committable) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(list))
	folders := map[string]bool{}
	emptied := map[string]bool{}
	var complete []committable
	for i, data := range list {
		x, err := decodeCommittable(data)
		if err != nil {
			return nil, err
		}
		folder := x.folder()
		if x.Overwrite && !emptied[folder] {
			if err := c.empty(c.sink.in(folder)); err != nil {
				return nil, failed(err)
			}
			emptied[folder] = true
		}
		switch {
		case x.Staging != "":
			out[i], err = c.publishStaged(x)
		case x.Success != "":
			complete = append(complete, x)
		case x.Name != "":
			out[i], err = c.publish(x)
			folders[folder] = true
		}
		if err != nil {
			return nil, failed(err)
		}
	}
	if err := c.sync(folders); err != nil {
		return nil, failed(err)
	}
	for _, x := range complete { // after the files of the same checkpoint
		if err := c.success(x.Folder, x.Success); err != nil {
			return nil, failed(err)
		}
	}
	return out, nil
}

// folder is the partition that a committable belongs to.
func (x *committable) folder() string {
	if x.Name == "" {
		return x.Folder
	}
	if dir := path.Dir(x.Name); dir != "." {
		return dir
	}
	return ""
}

func (c *committer) drafted(x committable) fs.Drafted {
	return fs.Drafted{Name: c.sink.in(x.Name), Bytes: x.Bytes, Upload: x.Upload, Parts: x.Parts}
}

func (c *committer) publish(x committable) (connector.Outcome, error) {
	already, err := c.sink.fsys.Publish(c.drafted(x))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return connector.Lost, nil
	case already:
		return connector.AlreadyCommitted, err
	}
	return connector.Committed, err
}

// sync makes names durable: of files in their folders, and of folders in those above.
func (c *committer) sync(folders map[string]bool) error {
	all := map[string]bool{}
	for f := range folders {
		for ; f != "" && f != "."; f = path.Dir(f) {
			all[f] = true
		}
		all[""] = true
	}
	for f := range all {
		if err := c.sink.fsys.SyncDir(c.sink.in(f)); err != nil {
			return err
		}
	}
	return nil
}

// success marks a partition as complete.
func (c *committer) success(folder, name string) error {
	dir := c.sink.in(folder)
	w, err := c.sink.fsys.Create(path.Join(dir, name))
	if err != nil {
		return err
	}
	if err := errors.Join(w.Sync(), w.Close()); err != nil {
		return err
	}
	return c.sink.fsys.SyncDir(dir)
}

// empty removes the files of a folder that were there before this job: those
// whose names are not its own.
func (c *committer) empty(dir string) error {
	entries, err := c.sink.fsys.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Dir || strings.HasPrefix(e.Name, ".") || strings.HasPrefix(e.Name, "_") || strings.HasPrefix(e.Name, c.prefix) {
			continue
		}
		if err := c.sink.fsys.Remove(path.Join(dir, e.Name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// AbortLeftovers removes drafts of this job that no committable names.
func (c *committer) AbortLeftovers(_ context.Context, keep []connector.Committable) error {
	var kept []fs.Drafted
	for _, data := range keep {
		x, err := decodeCommittable(data)
		if err != nil {
			return err
		}
		if x.Name != "" {
			kept = append(kept, c.drafted(x))
		}
	}
	if c.sink.swaps() {
		return nil // what is staged is in the state of writers
	}
	return failed(c.sink.fsys.DropDrafts(c.sink.path, c.prefix, kept))
}

func (c *committer) Close() error { return nil }
