package engine

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/io/fs/s3"
)

// storageOf finds the file system of a path, and the path on it.
func storageOf(uri string, options option.Values) (fs.FS, string, error) {
	if s3.Is(uri) {
		store, err := s3.Open(options)
		return store, strings.TrimRight(uri, "/"), err
	}
	if scheme, _, ok := strings.Cut(uri, "://"); ok && scheme != "file" {
		return nil, "", sqlerr.Newf(sqlerr.FeatureNotSupported, "paths of scheme '%s' are not supported", scheme).WithHint("use a local path, file:// or s3://")
	}
	abs, err := filepath.Abs(localPath(uri))
	return fs.Local{}, abs, err
}

// SavepointPath is the path of a new savepoint in a folder; "" where there is
// none. It must lie where checkpoints do, since their files are copied.
func SavepointPath(dir, name string, options option.Values) (string, error) {
	if dir == "" {
		return "", nil
	}
	if kept := options.Text(OptDir); kept != "" && s3.Is(kept) != s3.Is(dir) {
		return "", sqlerr.Newf(sqlerr.InvalidOption, "'%s' and '%s' must both lie on this machine, or both in an object store", OptSavepoints.Key, OptDir.Key)
	}
	if s3.Is(dir) {
		return strings.TrimRight(dir, "/") + "/" + name, nil
	}
	_, abs, err := storageOf(dir, options)
	return path.Join(abs, name), err
}

// storing is a connector whose tables lie on a file system that SET describes too.
type storing interface {
	StorageOptions() []*option.Definition
}

// withStorage gives a table what the session says of object stores, where the
// table itself says nothing.
func withStorage(f connector.Factory, t *catalog.Table, session option.Values) *catalog.Table {
	s, ok := f.(storing)
	if !ok {
		return t
	}
	out := t
	for _, d := range s.StorageOptions() {
		if !session.Has(d) || t.Options.Has(d) {
			continue
		}
		if out == t {
			copied := *t
			copied.Options = t.Options.Clone()
			out = &copied
		}
		out.Options[d.Key] = session.Text(d)
	}
	return out
}
