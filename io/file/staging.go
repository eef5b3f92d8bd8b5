package file

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/fs"
)

// INSERT OVERWRITE on a disk writes to a folder beside the one it replaces:
//
//	table/.overwrite-…/p=1/part-…     of a partitioned table: each partition with rows is replaced
//	.table.overwrite-…/part-…         of another: all of it is
//
// When its input has ended, each subtask lists there the files that count: those
// of attempts that failed do not. The first subtask commits for all, since its
// commit comes when all have prepared: folder by folder, the new one and the old
// one are swapped in one step, and what is then staged, the old, is removed.
//
// A crash may come between any two steps. A mark in the new folder tells on
// which side of the swap it lies.

// staging is the writer's side.
type staging struct {
	sink  *sink
	wc    connector.WriterContext
	dir   string
	files []string // below dir, finished
	known map[string]bool
}

const (
	newMark   = ".new"
	listNames = ".files-"
)

func newStaging(s *sink, wc connector.WriterContext) *staging {
	return &staging{sink: s, wc: wc, dir: s.stagingDir(prefix(wc)), known: map[string]bool{}}
}

func (s *sink) stagingDir(prefix string) string {
	name := ".overwrite-" + strings.TrimSuffix(prefix, "-")
	if len(s.layout.parts) > 0 {
		return path.Join(s.path, name)
	}
	root := s.resolved()
	return path.Join(path.Dir(root), "."+path.Base(root)+name)
}

// resolved is the table's folder itself, where its path is a link to it.
func (s *sink) resolved() string {
	root := absolute(s.path)
	if real, err := filepath.EvalSymlinks(root); err == nil {
		return real
	}
	return root
}

// add gives a file that is finished its name below the staged folder.
func (g *staging) add(d fs.Drafted, folder string) error {
	if _, err := g.sink.fsys.Publish(d); err != nil {
		return err
	}
	if err := g.mark(folder); err != nil {
		return err
	}
	g.files = append(g.files, path.Join(folder, path.Base(d.Name)))
	return g.sink.fsys.SyncDir(path.Join(g.dir, folder))
}

// mark says that a staged folder is the new one.
func (g *staging) mark(folder string) error {
	if g.known[folder] {
		return nil
	}
	g.known[folder] = true
	dir := path.Join(g.dir, folder)
	if err := g.sink.fsys.MkdirAll(dir); err != nil {
		return err
	}
	return fs.WriteSynced(g.sink.fsys, path.Join(dir, newMark), nil)
}

// listing is what one subtask has staged.
type listing struct {
	Folders []string `json:"folders"` // that are replaced
	Files   []string `json:"files"`
}

// list says which files count.
func (g *staging) list() error {
	var folders []string
	if g.wc.Subtask == 0 && (g.sink.static != "" || len(g.sink.layout.parts) == 0) {
		folders = append(folders, g.sink.static)
	}
	for _, f := range g.files { // also those of an attempt that was restored
		folders = append(folders, folderOf(f))
	}
	slices.Sort(folders)
	folders = slices.Compact(folders)
	for _, f := range folders {
		if err := g.mark(f); err != nil {
			return err
		}
	}
	data, err := json.Marshal(listing{Folders: folders, Files: g.files})
	if err != nil {
		return err
	}
	if err := g.sink.fsys.MkdirAll(g.dir); err != nil {
		return err
	}
	return fs.WriteAtomic(g.sink.fsys, path.Join(g.dir, fmt.Sprintf("%s%d", listNames, g.wc.Subtask)), data)
}

func folderOf(file string) string {
	if dir := path.Dir(file); dir != "." {
		return dir
	}
	return ""
}

// publishStaged is the committer's side.
func (c *committer) publishStaged(x committable) (connector.Outcome, error) {
	s := c.sink
	dir := s.stagingDir(c.prefix)
	if path.Base(dir) != x.Staging {
		return 0, fmt.Errorf("staged files lie in %s, not in %s", x.Staging, path.Base(dir))
	}
	if _, err := s.fsys.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return connector.AlreadyCommitted, nil
	}
	folders, err := c.staged(dir)
	if err != nil {
		return 0, err
	}
	for _, f := range folders {
		if err := c.swap(dir, f, x.Subtasks); err != nil {
			return 0, err
		}
	}
	return connector.Committed, s.fsys.RemoveAll(dir)
}

// listed is the files, and the folders, that count.
func (c *committer) listed(dir string, subtasks int) (files, folders map[string]bool, err error) {
	files, folders = map[string]bool{}, map[string]bool{}
	for i := range subtasks {
		data, err := fs.ReadFile(c.sink.fsys, path.Join(dir, fmt.Sprintf("%s%d", listNames, i)))
		if err != nil {
			return nil, nil, err
		}
		var l listing
		if err := json.Unmarshal(data, &l); err != nil {
			return nil, nil, fmt.Errorf("read the list of staged files: %w", err)
		}
		for _, f := range l.Files {
			files[f] = true
		}
		for _, f := range l.Folders {
			folders[f] = true
		}
	}
	return files, folders, nil
}

// staged lists the folders that are to be swapped, or have been.
func (c *committer) staged(dir string) ([]string, error) {
	folders := []string{""}
	for range c.sink.layout.parts {
		var deeper []string
		for _, f := range folders {
			entries, err := c.sink.fsys.List(path.Join(dir, f))
			if err != nil {
				return nil, err
			}
			for _, e := range entries {
				if e.Dir {
					deeper = append(deeper, path.Join(f, e.Name))
				}
			}
		}
		folders = deeper
	}
	return folders, nil
}

// swap replaces one folder of the table.
func (c *committer) swap(dir, folder string, subtasks int) error {
	s := c.sink
	fresh, target := path.Join(dir, folder), s.in(folder)
	if len(s.layout.parts) == 0 {
		target = s.resolved()
	}
	switch _, err := s.fsys.Stat(path.Join(fresh, newMark)); {
	case err == nil:
		if err := c.swapFresh(dir, fresh, folder, target, subtasks); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := c.unmark(target); err != nil {
		return err
	}
	return s.fsys.RemoveAll(fresh)
}

func (c *committer) swapFresh(dir, fresh, folder, target string, subtasks int) error {
	s := c.sink
	counts, folders, err := c.listed(dir, subtasks)
	if err != nil {
		return fmt.Errorf("read what is staged in %s: %w", dir, err)
	}
	if !folders[folder] {
		return nil // of an attempt that failed
	}
	if err := c.only(fresh, folder, counts); err != nil {
		return err
	}
	if s.policy != nil {
		if err := fs.WriteSynced(s.fsys, path.Join(fresh, s.policy.file), nil); err != nil {
			return err
		}
	}
	if err := s.fsys.SyncDir(fresh); err != nil {
		return err
	}
	if err := s.fsys.MkdirAll(path.Dir(target)); err != nil {
		return err
	}
	if err := c.unmark(target); err != nil {
		return err
	}
	if err := s.fsys.(fs.Swapper).Swap(fresh, target); err != nil {
		return fmt.Errorf("replace %s: %w", target, err)
	}
	return s.fsys.SyncDir(path.Dir(target))
}

// only removes files that no subtask has listed.
func (c *committer) only(dir, folder string, counts map[string]bool) error {
	entries, err := c.sink.fsys.List(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Dir || e.Name == newMark || strings.HasPrefix(e.Name, listNames) || counts[path.Join(folder, e.Name)] {
			continue
		}
		if err := c.sink.fsys.Remove(path.Join(dir, e.Name)); err != nil {
			return err
		}
	}
	return nil
}

// unmark removes what only the swap needs, the mark last.
func (c *committer) unmark(dir string) error {
	entries, err := c.sink.fsys.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	marked := false
	for _, e := range entries {
		marked = marked || e.Name == newMark
		if strings.HasPrefix(e.Name, listNames) {
			if err := c.sink.fsys.Remove(path.Join(dir, e.Name)); err != nil {
				return err
			}
		}
	}
	if !marked {
		return nil
	}
	return c.sink.fsys.Remove(path.Join(dir, newMark))
}
