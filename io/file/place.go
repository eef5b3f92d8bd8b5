package file

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/io/format/parquet"
	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/io/fs/s3"
)

// place is where a table's files lie: a path on a file system.
type place struct {
	fsys fs.Publisher
	path string // file, folder or pattern
}

// placeOf finds the file system of a table's path by its scheme.
func placeOf(t *catalog.Table) (place, error) {
	text := t.Options.Text(optPath)
	if rest, ok := strings.CutPrefix(text, "file://"); ok {
		return place{fs.Local{}, rest}, nil
	}
	if s3.Is(text) {
		store, err := s3.Open(t.Options)
		return place{store, text}, err
	}
	if scheme, _, ok := strings.Cut(text, "://"); ok {
		return place{}, sqlerr.Newf(sqlerr.FeatureNotSupported, "paths of scheme '%s' are not supported", scheme).WithHint("use a local path, file:// or s3://")
	}
	return place{fs.Local{}, strings.TrimPrefix(text, "file:")}, nil
}

// open opens a file of the table.
func (p place) open(name string) (parquet.Input, error) {
	r, err := p.fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, sqlerr.Newf(sqlerr.UndefinedFile, "there is no file '%s'", name)
	}
	if err != nil {
		return nil, fmt.Errorf("filesystem: %w", err)
	}
	in, ok := r.(parquet.Input)
	if !ok {
		return nil, errors.Join(fmt.Errorf("filesystem: %s cannot be looked at while it is read", name), r.Close())
	}
	return in, nil
}

// isPattern reports that a path is no name, but stands for names.
func isPattern(name string) bool { return strings.ContainsAny(name, "*?[") }

// glob lists the names that a pattern matches, by name.
func (p place) glob(pattern string) ([]string, error) {
	dir, last := path.Split(pattern)
	dirs := []string{dir}
	if isPattern(dir) {
		var err error
		if dirs, err = p.glob(strings.TrimRight(dir, "/")); err != nil {
			return nil, err
		}
	}
	var out []string
	for _, d := range dirs {
		if !isPattern(last) {
			if name := joined(d, last); p.exists(name) {
				out = append(out, name)
			}
			continue
		}
		entries, err := p.fsys.List(folderName(d))
		if err != nil {
			continue // a file, or it is not there: it has no names in it
		}
		for _, e := range entries {
			ok, err := path.Match(last, e.Name)
			if err != nil {
				return nil, sqlerr.Newf(sqlerr.InvalidOption, "pattern '%s' is malformed", pattern)
			}
			if ok && (!strings.HasPrefix(e.Name, ".") || strings.HasPrefix(last, ".")) {
				out = append(out, joined(d, e.Name))
			}
		}
	}
	return out, nil
}

func folderName(dir string) string {
	if dir == "" {
		return "."
	}
	return dir
}

func (p place) exists(name string) bool {
	_, err := p.fsys.Stat(name)
	return err == nil
}
