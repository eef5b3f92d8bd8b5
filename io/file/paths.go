package file

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/weir-engine/weir/core/sqlerr"
)

// entry is a file as it was found.
type entry struct {
	Name    string    `json:"name"`
	Size    int64     `json:"size"`
	ModTime time.Time `json:"modTime"`
}

func localPath(path string) (string, error) {
	if rest, ok := strings.CutPrefix(path, "file://"); ok {
		return rest, nil
	}
	if scheme, _, ok := strings.Cut(path, "://"); ok {
		return "", sqlerr.Newf(sqlerr.FeatureNotSupported, "paths of scheme '%s' are not supported", scheme).WithHint("use a local path or file://")
	}
	return strings.TrimPrefix(path, "file:"), nil
}

// find lists the files that a path means, by name: itself, what a pattern
// matches, what lies in or below a folder. Names that begin with . or _ are not
// data, by the custom of such folders.
func find(path string) ([]entry, error) {
	local, err := localPath(path)
	if err != nil {
		return nil, err
	}
	matches := []string{local}
	if _, err := os.Stat(local); err != nil && strings.ContainsAny(local, "*?[") {
		if matches, err = filepath.Glob(local); err != nil {
			return nil, sqlerr.Newf(sqlerr.InvalidOption, "pattern '%s' is malformed", path)
		}
		if len(matches) == 0 {
			return nil, sqlerr.Newf(sqlerr.UndefinedFile, "no file matches '%s'", path)
		}
	}
	var out []entry
	for _, m := range matches {
		if out, err = walk(out, m); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func walk(out []entry, root string) ([]entry, error) {
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if base := d.Name(); name != root && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")) {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			return nil
		}
		info, err := os.Stat(name)
		if err != nil {
			return err
		}
		out = append(out, entry{name, info.Size(), info.ModTime()})
		return nil
	})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, sqlerr.Newf(sqlerr.UndefinedFile, "there is no file or folder '%s'", root)
	case err != nil:
		return nil, fmt.Errorf("filesystem: list %s: %w", root, err)
	}
	return out, nil
}

// unchanged compares an open file with what it was when it was found.
func (e *entry) unchanged(f *os.File) error {
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

func openFile(name string) (*os.File, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, sqlerr.Newf(sqlerr.UndefinedFile, "there is no file '%s'", name)
	}
	if err != nil {
		return nil, fmt.Errorf("filesystem: %w", err)
	}
	return f, nil
}
