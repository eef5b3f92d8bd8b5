package fs

import "io"

// Publisher is a file system on which a file can be written that nobody sees
// until it is published: the way sinks of tables write. It is safe for
// concurrent use.
type Publisher interface {
	FS
	// Draft begins a file that will be called name, in a folder that is made where
	// it is missing.
	Draft(name string) (Draft, error)
	// Publish gives a finished draft its name. Done before, it says so; the error of
	// a draft that is gone, while its file is not there, is ErrNotExist.
	Publish(d Drafted) (already bool, err error)
	// DropDrafts gives up the drafts in and below a folder whose names, without
	// the folder, begin with prefix, except those that keep names.
	DropDrafts(dir, prefix string, keep []Drafted) error
}

// Draft is a file being written. One goroutine uses it; it ends with one call of
// Finish or Discard.
type Draft interface {
	io.Writer
	// Bytes is what was written so far.
	Bytes() int64
	// Finish makes the contents durable.
	Finish() (Drafted, error)
	Discard() error
}

// Drafted is a finished draft: all that Publish needs, also in another process.
type Drafted struct {
	Name  string
	Bytes int64
	// Upload and Parts name a multipart upload and its parts' ETags; empty on disks.
	Upload string
	Parts  []string
}

// Swapper is a file system that can swap two directories in one step.
type Swapper interface {
	FS
	// Swap makes a what b was and the other way round; a missing b is a rename.
	Swap(a, b string) error
}
