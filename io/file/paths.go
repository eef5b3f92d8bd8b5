package file

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/io/fs"
)

// entry is a file as it was found.
type entry struct {
	Name    string    `json:"name"`
	Size    int64     `json:"size"`
	ModTime time.Time `json:"modTime"`
}

// finder lists the files that a table means, each folder once: what its path
// names, what its pattern matches, what lies in or below its folder. Names that
// begin with . or _ are not data, by the custom of such folders.
type finder struct {
	place  place
	layout *layout        // nil: not partitioned
	match  *regexp.Regexp // of source.path.regex-pattern; nil: all
	// enter reports whether a folder with these values of the first partition
	// columns, as texts, may hold rows of use; nil: all may.
	enter func(texts []string) bool

	found []entry
}

// find lists the files by name.
func (f *finder) find() ([]entry, error) {
	f.found = nil
	top, err := f.place.fsys.Stat(f.place.path)
	if err != nil && isPattern(f.place.path) {
		matches, err := f.place.glob(f.place.path)
		if err != nil {
			return nil, err
		}
		if len(matches) == 0 {
			return nil, sqlerr.Newf(sqlerr.UndefinedFile, "no file matches '%s'", f.place.path)
		}
		for _, m := range matches {
			if top, err = f.place.fsys.Stat(m); err != nil {
				return nil, listError(m, err)
			}
			if err = f.add(m, top); err != nil {
				return nil, err
			}
		}
		return f.found, nil
	}
	if err != nil {
		return nil, listError(f.place.path, err)
	}
	return f.found, errors.Join(f.add(f.place.path, top), f.partitioned(top))
}

// partitioned refuses a partitioned table that is one file.
func (f *finder) partitioned(top fs.Entry) error {
	if f.layout != nil && len(f.layout.parts) > 0 && !top.Dir {
		return sqlerr.Newf(sqlerr.InvalidOption, "'%s' is a file; the path of a partitioned table is a folder", f.place.path)
	}
	return nil
}

func listError(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return sqlerr.Newf(sqlerr.UndefinedFile, "there is no file or folder '%s'", name)
	}
	return fmt.Errorf("filesystem: list %s: %w", name, err)
}

// add takes what the path names itself.
func (f *finder) add(name string, e fs.Entry) error {
	if e.Dir {
		return f.walk(name, "")
	}
	f.take(name, e)
	return nil
}

func (f *finder) take(name string, e fs.Entry) {
	if f.match == nil || f.match.MatchString(absolute(name)) {
		f.found = append(f.found, entry{name, e.Bytes, e.ModTime})
	}
}

// walk lists a folder; below is its path from the table's root on.
func (f *finder) walk(dir, below string) error {
	entries, err := f.place.fsys.List(dir)
	if err != nil {
		return listError(dir, err)
	}
	depth := 0
	if below != "" {
		depth = strings.Count(below, "/") + 1
	}
	folders := f.layout != nil && depth < len(f.layout.parts)
	for _, e := range entries {
		if strings.HasPrefix(e.Name, ".") || strings.HasPrefix(e.Name, "_") {
			continue
		}
		name := joined(dir, e.Name)
		switch {
		case e.Dir:
			deeper := path.Join(below, e.Name)
			if folders && !f.mayEnter(deeper) {
				continue
			}
			if err := f.walk(name, deeper); err != nil {
				return err
			}
		case !folders: // above the partitions lies no data
			f.take(name, e)
		}
	}
	return nil
}

// absolute is a name as metadata and patterns see it.
func absolute(name string) string {
	if strings.Contains(name, "://") {
		return name
	}
	if abs, err := filepath.Abs(name); err == nil {
		return abs
	}
	return name
}

func baseName(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// joined keeps a path as the user wrote it: path.Join would take ./ and // out.
func joined(dir, name string) string {
	if dir == "" {
		return name
	}
	return strings.TrimSuffix(dir, "/") + "/" + name
}

// mayEnter reports a folder of a partition that filters leave.
func (f *finder) mayEnter(below string) bool {
	texts, ok := f.layout.levels(below)
	return ok && (f.enter == nil || f.enter(texts))
}

// partitionTexts are the values of a file's partition columns, as texts.
func (f *finder) partitionTexts(name string) ([]string, error) {
	root := strings.TrimSuffix(f.place.path, "/") + "/"
	texts, ok := f.layout.levels(strings.TrimPrefix(name, root))
	if !ok || len(texts) < len(f.layout.parts) {
		return nil, sqlerr.Newf(sqlerr.BadInput, "%s lies in no partition of its table", name)
	}
	return texts, nil
}

// unchanged compares an open file with what it was when it was found.
func (e *entry) unchanged(f interface{ Stat() (os.FileInfo, error) }) error {
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("filesystem: stat %s: %w", e.Name, err)
	}
	if info.Size() != e.Size || !info.ModTime().Equal(e.ModTime) {
		return sqlerr.Newf(sqlerr.ConnectorFailure, "%s was changed while it was read", e.Name).
			WithHint("it had %d bytes and now has %d; write new files under new names", e.Size, info.Size())
	}
	return nil
}
