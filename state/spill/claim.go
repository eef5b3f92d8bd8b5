package spill

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/weir-engine/weir/io/fs"
)

// Claim is a scratch directory that is this process's alone. Beside it lies a
// lock file; the kernel drops the lock when the process dies, however it dies,
// and whoever claims next under the same root removes what is not locked.
type Claim struct {
	dir  string
	lock *os.File
}

const (
	claimPrefix = "weir-"
	lockSuffix  = ".lock"
)

// NewClaim removes the stale scratch directories below root and makes a fresh one.
func NewClaim(root string) (*Claim, error) {
	if err := (fs.Local{}).MkdirAll(root); err != nil {
		return nil, fmt.Errorf("claim scratch directory: %w", err)
	}
	if err := removeStale(root); err != nil {
		return nil, err
	}
	for {
		dir := filepath.Join(root, fmt.Sprintf("%s%d-%08x", claimPrefix, os.Getpid(), rand.Uint32()))
		lock, err := lockFile(dir+lockSuffix, os.O_CREATE|os.O_EXCL)
		if err != nil {
			return nil, err
		}
		if lock == nil {
			continue // taken, or swept away before we had locked it
		}
		if err := os.Mkdir(dir, 0o755); err != nil {
			lock.Close()
			return nil, fmt.Errorf("claim scratch directory: %w", fs.Failed("make", dir, err))
		}
		return &Claim{dir: dir, lock: lock}, nil
	}
}

// Path is the directory.
func (c *Claim) Path() string { return c.dir }

// Dir is Path, for operators' contexts.
func (c *Claim) Dir() (string, error) { return c.dir, nil }

// Release removes the directory and all in it.
func (c *Claim) Release() error {
	if c.lock == nil {
		return nil
	}
	err := os.RemoveAll(c.dir)
	if e := os.Remove(c.lock.Name()); err == nil {
		err = e
	}
	c.lock.Close()
	c.lock = nil
	if err != nil {
		return fmt.Errorf("release scratch directory: %w", fs.Failed("remove", c.dir, err))
	}
	return nil
}

// lockFile opens and locks a file; nil where another has it or has removed it meanwhile.
func lockFile(name string, flags int) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|flags, 0o644)
	if os.IsExist(err) || os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("claim scratch directory: %w", fs.Failed("open", name, err))
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, nil
	}
	mine, err1 := f.Stat()
	named, err2 := os.Stat(name)
	if err1 != nil || err2 != nil || !os.SameFile(mine, named) {
		f.Close()
		return nil, nil
	}
	return f, nil
}

func removeStale(root string) error {
	entries, err := fs.Local{}.List(root)
	if err != nil {
		return fmt.Errorf("claim scratch directory: %w", err)
	}
	for _, e := range entries {
		dir, isLock := strings.CutSuffix(e.Name, lockSuffix)
		if !isLock || !strings.HasPrefix(dir, claimPrefix) {
			continue
		}
		lock, err := lockFile(filepath.Join(root, e.Name), 0)
		if err != nil {
			return err
		}
		if lock == nil {
			continue // alive
		}
		stale := &Claim{dir: filepath.Join(root, dir), lock: lock}
		if err := stale.Release(); err != nil {
			return err
		}
	}
	return nil
}
