package s3

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // ETags of multipart uploads are made of it; it guards nothing
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/weir-engine/weir/io/fs"
)

// partBytes is the size of a part: at least 5 MiB but for the last, and at most
// 10,000 of them.
const partBytes = 8 << 20

// draft is a multipart upload: its parts are stored and seen by nobody.
type draft struct {
	fs     *FS
	name   string
	upload string
	parts  []string // ETags
	buf    []byte
	bytes  int64
}

// Draft implements fs.Publisher.
func (f *FS) Draft(name string) (fs.Draft, error) { return &draft{fs: f, name: name}, nil }

func (d *draft) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		if d.buf == nil {
			d.buf = make([]byte, 0, 256<<10)
		}
		k := min(len(p), partBytes-len(d.buf))
		d.buf = append(d.buf, p[:k]...)
		p = p[k:]
		if len(d.buf) == partBytes {
			if err := d.part(); err != nil {
				return 0, err
			}
		}
	}
	d.bytes += int64(n)
	return n, nil
}

func (d *draft) Bytes() int64 { return d.bytes }

// part stores what is gathered.
func (d *draft) part() error {
	bucket, key := split(d.name)
	if d.upload == "" {
		id, err := d.fs.core.NewMultipartUpload(background(), bucket, key, minio.PutObjectOptions{})
		if err != nil {
			return failed("begin an upload of", d.name, err)
		}
		d.upload = id
	}
	p, err := d.fs.core.PutObjectPart(background(), bucket, key, d.upload, len(d.parts)+1, bytes.NewReader(d.buf), int64(len(d.buf)), minio.PutObjectPartOptions{})
	if err != nil {
		return failed("write", d.name, err)
	}
	d.parts = append(d.parts, p.ETag)
	d.buf = d.buf[:0]
	return nil
}

func (d *draft) Finish() (fs.Drafted, error) {
	if len(d.buf) > 0 || len(d.parts) == 0 {
		if err := d.part(); err != nil {
			return fs.Drafted{}, err
		}
	}
	return fs.Drafted{Name: d.name, Bytes: d.bytes, Upload: d.upload, Parts: d.parts}, nil
}

func (d *draft) Discard() error {
	if d.upload == "" {
		return nil
	}
	bucket, key := split(d.name)
	return d.fs.abort(bucket, key, d.upload)
}

func (f *FS) abort(bucket, key, upload string) error {
	err := f.core.AbortMultipartUpload(background(), bucket, key, upload)
	if isNoUpload(err) {
		return nil
	}
	return failed("give up the upload of", bucket+"/"+key, err)
}

func isNoUpload(err error) bool {
	return err != nil && minio.ToErrorResponse(err).Code == minio.NoSuchUpload
}

// Publish completes the upload. One that is not there any more was completed
// before if its object is: names of drafts are used once.
func (f *FS) Publish(d fs.Drafted) (already bool, err error) {
	bucket, key := split(d.Name)
	parts := make([]minio.CompletePart, len(d.Parts))
	for i, tag := range d.Parts {
		parts[i] = minio.CompletePart{PartNumber: i + 1, ETag: tag}
	}
	done, err := f.core.CompleteMultipartUpload(background(), bucket, key, d.Upload, parts, minio.PutObjectOptions{})
	switch {
	case err == nil && !sameTag(done.ETag, d.Parts): // some answer by what has the name, not by the upload
		return false, another(d.Name)
	case !isNoUpload(err):
		return false, failed("complete", d.Name, err)
	}
	o, herr := f.head(d.Name)
	switch {
	case errors.Is(herr, fs.ErrNotExist):
		return false, fs.Failed("complete", d.Name, fs.ErrNotExist)
	case herr != nil:
		return false, herr
	case o.Size != d.Bytes || !sameTag(o.ETag, d.Parts):
		return false, another(d.Name)
	}
	return true, nil
}

func another(name string) error {
	return fs.Failed("complete", name, fmt.Errorf("its upload is gone and another object has its name: %w", fs.ErrNotExist))
}

// sameTag compares an object's ETag with the one that parts make: the MD5 of
// their MD5s and their number. A store with ETags of another kind is believed.
func sameTag(tag string, parts []string) bool {
	sum, count, ok := strings.Cut(strings.Trim(tag, `"`), "-")
	if !ok || len(sum) != 2*md5.Size || count != fmt.Sprint(len(parts)) {
		return !ok
	}
	h := md5.New() //nolint:gosec // as above
	for _, p := range parts {
		b, err := hex.DecodeString(strings.Trim(p, `"`))
		if err != nil || len(b) != md5.Size {
			return true
		}
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil)) == sum
}

// DropDrafts implements fs.Publisher.
func (f *FS) DropDrafts(dir, prefix string, keep []fs.Drafted) error {
	drafts, err := f.Drafts(dir)
	if err != nil {
		return err
	}
	for _, d := range drafts {
		if !strings.HasPrefix(path.Base(d.Name), prefix) || slices.ContainsFunc(keep, func(k fs.Drafted) bool { return k.Upload == d.Upload }) {
			continue
		}
		bucket, key := split(d.Name)
		if err := f.abort(bucket, key, d.Upload); err != nil {
			return err
		}
	}
	return nil
}

// Drafts lists the uploads below a folder that are neither completed nor given up.
func (f *FS) Drafts(dir string) (out []fs.Drafted, err error) {
	bucket, key := split(dir)
	if key != "" {
		key += "/"
	}
	ctx, cancel := context.WithCancel(background())
	defer cancel()
	for u := range f.core.ListIncompleteUploads(ctx, bucket, key, true) {
		if u.Err != nil {
			return nil, failed("list uploads of", dir, u.Err)
		}
		out = append(out, fs.Drafted{Name: "s3://" + bucket + "/" + u.Key, Upload: u.UploadID})
	}
	return out, nil
}
