package spill

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/weir-engine/weir/io/fs"
)

// Claim is a scratch directory that is this process's alone, made when first
// asked for. Beside it lies a lock file; the kernel drops the lock when the
// process dies, however it dies, and whoever claims next under the same root
// removes what is not locked. It is safe for concurrent use.
type Claim struct {
	dir  string
	mu   sync.Mutex
	lock *os.File // nil: not made yet
}

const (
	claimPrefix = "weir-"
	lockSuffix  = ".lock"
)

// NewClaim removes the stale scratch directories below root and names a fresh one.
func NewClaim(root string) (*Claim, error) {
	if err := removeStale(root); err != nil {
		return nil, err
	}
	return &Claim{dir: filepath.Join(root, fmt.Sprintf("%s%d-%08x", claimPrefix, os.Getpid(), rand.Uint32()))}, nil
}

// Path is the directory, which may not be there yet.
func (c *Claim) Path() string { return c.dir }

// Make makes the directory unless it is there.
func (c *Claim) Make() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lock != nil {
		return nil
	}
	if err := (fs.Local{}).MkdirAll(filepath.Dir(c.dir)); err != nil {
		return fmt.Errorf("claim scratch directory: %w", err)
	}
	for c.lock == nil { // nil: swept away before we had locked it
		var err error
		if c.lock, err = lockFile(c.dir+lockSuffix, os.O_CREATE); err != nil {
			return err
		}
	}
	if err := os.Mkdir(c.dir, 0o700); err != nil {
		return fmt.Errorf("claim scratch directory: %w", fs.Failed("make", c.dir, err))
	}
	return nil
}

// Release removes the directory and all in it.
func (c *Claim) Release() error {
	c.mu.Lock()
	defer c.mu.Unlock()
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
	entries, err := os.ReadDir(root)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("claim scratch directory: %w", fs.Failed("list", root, err))
	}
	for _, e := range entries {
		dir, isLock := strings.CutSuffix(e.Name(), lockSuffix)
		if !isLock || !strings.HasPrefix(dir, claimPrefix) {
			continue
		}
		lock, err := lockFile(filepath.Join(root, e.Name()), 0)
		if errors.Is(err, os.ErrPermission) {
			continue // another user's
		}
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
