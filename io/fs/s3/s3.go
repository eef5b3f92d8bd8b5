package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	iofs "io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/io/fs"
)

// FS is an object store as a file system. Make one with Open.
type FS struct {
	core      *minio.Core
	transport *http.Transport
}

var _ fs.Publisher = (*FS)(nil)

// split finds bucket and key in a name.
func split(name string) (bucket, key string) {
	if Is(name) {
		_, name, _ = strings.Cut(name, ":")
	}
	bucket, key, _ = strings.Cut(strings.TrimLeft(name, "/"), "/")
	return bucket, strings.TrimSuffix(key, "/")
}

// failed names operation and object.
func failed(op, name string, err error) error {
	if err == nil {
		return nil
	}
	r := minio.ToErrorResponse(err)
	switch r.Code {
	case minio.NoSuchKey, minio.NoSuchBucket, "NotFound":
		return fs.Failed(op, name, missing{err})
	case minio.AccessDenied, "InvalidAccessKeyId", "SignatureDoesNotMatch":
		return sqlerr.Wrap(sqlerr.ConnectorFailure, err, "%s %s", op, name).
			WithHint("'%s' and '%s', or the AWS_ variables, say who asks", OptAccessKey.Key, OptSecretKey.Key)
	}
	if r.StatusCode == http.StatusNotFound {
		return fs.Failed(op, name, missing{err})
	}
	return fs.Failed(op, name, err)
}

// missing is an error of a name that is not there.
type missing struct{ error }

func (missing) Is(target error) bool { return target == fs.ErrNotExist }

// background: the interface of file systems has no contexts; the client gives
// up by itself after some tries.
func background() context.Context { return context.Background() }

// Put writes a whole object, replacing what is there, in one step.
func (f *FS) Put(name string, data []byte) error {
	return f.put("write", name, data, minio.PutObjectOptions{})
}

// PutNew writes a whole object where there is none; ErrExist where there is.
func (f *FS) PutNew(name string, data []byte) error {
	o := minio.PutObjectOptions{}
	o.SetMatchETagExcept("*")
	err := f.put("create", name, data, o)
	var r minio.ErrorResponse
	if errors.As(err, &r) && (r.StatusCode == http.StatusPreconditionFailed || r.StatusCode == http.StatusConflict) {
		// The answer to an earlier try of this very put may have been lost.
		if there, rerr := fs.ReadFile(f, name); rerr == nil && bytes.Equal(there, data) {
			return nil
		}
		return fs.Failed("create", name, iofs.ErrExist)
	}
	return err
}

func (f *FS) put(op, name string, data []byte, o minio.PutObjectOptions) error {
	bucket, key := split(name)
	_, err := f.core.PutObject(background(), bucket, key, bytes.NewReader(data), int64(len(data)), "", "", o)
	return failed(op, name, err)
}

// Link copies: objects have one name.
func (f *FS) Link(oldName, newName string) error {
	if _, err := f.head(newName); err == nil {
		return fs.Failed("link", newName, iofs.ErrExist)
	}
	return f.copy("link", oldName, newName)
}

// Rename copies and removes: a crash in between leaves both.
func (f *FS) Rename(oldName, newName string) error {
	if err := f.copy("rename to", oldName, newName); err != nil {
		return err
	}
	return f.Remove(oldName)
}

func (f *FS) copy(op, oldName, newName string) error {
	from, fromKey := split(oldName)
	to, toKey := split(newName)
	_, err := f.core.Client.CopyObject(background(), minio.CopyDestOptions{Bucket: to, Object: toKey}, minio.CopySrcOptions{Bucket: from, Object: fromKey})
	return failed(op, newName, err)
}

// Remove implements fs.FS; what is not there is removed.
func (f *FS) Remove(name string) error {
	bucket, key := split(name)
	return failed("remove", name, f.core.RemoveObject(background(), bucket, key, minio.RemoveObjectOptions{}))
}

// RemoveAll implements fs.FS.
func (f *FS) RemoveAll(name string) error {
	bucket, key := split(name)
	if key == "" {
		return fs.Failed("remove", name, errors.New("it is a bucket"))
	}
	ctx, cancel := context.WithCancel(background())
	defer cancel()
	if err := f.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	found := f.core.Client.ListObjects(ctx, bucket, minio.ListObjectsOptions{Prefix: key + "/", Recursive: true})
	var wrong error
	objects := make(chan minio.ObjectInfo)
	go func() {
		defer close(objects)
		for o := range found {
			if o.Err != nil {
				wrong = o.Err
				return
			}
			objects <- o
		}
	}()
	for e := range f.core.RemoveObjects(ctx, bucket, objects, minio.RemoveObjectsOptions{}) {
		if e.Err != nil && minio.ToErrorResponse(e.Err).Code != minio.NoSuchKey {
			cancel()
			for range objects { // the lister ends
			}
			return failed("remove", name+"/"+e.ObjectName, e.Err)
		}
	}
	return failed("list", name, wrong)
}

// MkdirAll has nothing to make.
func (f *FS) MkdirAll(string) error { return nil }

// SyncDir has nothing to do: a name is durable when the put is answered.
func (f *FS) SyncDir(string) error { return nil }

// List implements fs.FS: the keys below a folder, one level of them.
func (f *FS) List(dir string) ([]fs.Entry, error) {
	bucket, prefix := split(dir)
	if prefix != "" {
		prefix += "/"
	}
	ctx, cancel := context.WithCancel(background())
	defer cancel()
	var out []fs.Entry
	some := false
	for o := range f.core.Client.ListObjects(ctx, bucket, minio.ListObjectsOptions{Prefix: prefix}) {
		if o.Err != nil {
			return nil, failed("list", dir, o.Err)
		}
		some = true
		name := strings.TrimPrefix(o.Key, prefix)
		switch folder, isFolder := strings.CutSuffix(name, "/"); {
		case name == "": // the mark of an empty folder
		case isFolder:
			out = append(out, fs.Entry{Name: folder, Dir: true})
		default:
			out = append(out, fs.Entry{Name: name, Bytes: o.Size, ModTime: o.LastModified.Truncate(time.Second)})
		}
	}
	if !some && prefix != "" {
		return nil, fs.Failed("list", dir, fs.ErrNotExist)
	}
	slices.SortFunc(out, func(a, b fs.Entry) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(out, func(a, b fs.Entry) bool { return a.Name == b.Name }), nil
}

// Stat implements fs.FS.
func (f *FS) Stat(name string) (fs.Entry, error) {
	bucket, key := split(name)
	if key != "" {
		o, err := f.head(name)
		if err == nil {
			return fs.Entry{Name: path.Base(key), Bytes: o.Size, ModTime: o.LastModified.Truncate(time.Second)}, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return fs.Entry{}, err
		}
		key += "/"
	}
	r, err := f.core.ListObjectsV2(bucket, key, "", "", "/", 1)
	if err != nil {
		return fs.Entry{}, failed("look at", name, err)
	}
	if key != "" && len(r.Contents) == 0 && len(r.CommonPrefixes) == 0 {
		return fs.Entry{}, fs.Failed("look at", name, fs.ErrNotExist)
	}
	return fs.Entry{Name: path.Base(name), Dir: true}, nil
}

func (f *FS) head(name string) (minio.ObjectInfo, error) {
	bucket, key := split(name)
	o, err := f.core.StatObject(background(), bucket, key, minio.StatObjectOptions{})
	return o, failed("look at", name, err)
}

// Create implements fs.FS: the object is there when it is closed.
func (f *FS) Create(name string) (fs.Writer, error) {
	return &writer{draft: draft{fs: f, name: name}}, nil
}

// writer is a file that is seen at its Close.
type writer struct {
	draft  draft
	failed error
}

func (w *writer) Write(p []byte) (int, error) {
	n, err := w.draft.Write(p)
	if err != nil {
		w.failed = err
	}
	return n, err
}

// Sync has nothing to do: Close alone makes an object, whole.
func (w *writer) Sync() error { return w.failed }

func (w *writer) Close() error {
	if w.failed != nil {
		return errors.Join(w.failed, w.draft.Discard())
	}
	if w.draft.upload == "" {
		return w.draft.fs.Put(w.draft.name, w.draft.buf)
	}
	d, err := w.draft.Finish()
	if err != nil {
		return errors.Join(err, w.draft.Discard())
	}
	if _, err = w.draft.fs.Publish(d); err != nil {
		return fmt.Errorf("write %s: %w", w.draft.name, err)
	}
	return nil
}
