package job

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/weir-engine/weir/io/fs"
)

// Directory is the Records of a directory of this machine, and says who leads:
//
//	leader         the epoch of the job manager that holds its lock
//	jobs/<id>      a record, JSON
//
// The lock goes with the process, however that ends, so two never lead.
type Directory struct {
	dir  string
	lock *os.File
	// Leader is the epoch: higher than any before.
	Leader int64
}

// ErrLed says that another job manager leads.
var ErrLed = errors.New("another job manager leads the jobs of this directory")

// OpenDirectory takes the lead over the jobs of a directory.
func OpenDirectory(dir string) (*Directory, error) {
	if err := os.MkdirAll(filepath.Join(dir, "jobs"), 0o700); err != nil {
		return nil, fmt.Errorf("open job store: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "leader"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open job store: %w", err)
	}
	d := &Directory{dir: dir, lock: f}
	if err := d.lead(); err != nil {
		return nil, errors.Join(fmt.Errorf("open job store %s: %w", dir, err), f.Close())
	}
	return d, nil
}

// lead takes the lock and a higher epoch than the last leader's.
func (d *Directory) lead() error {
	if err := syscall.Flock(int(d.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return ErrLed
		}
		return err
	}
	b := make([]byte, 32)
	n, err := d.lock.ReadAt(b, 0)
	if n == 0 && err == nil {
		return errors.New("the leader's epoch cannot be read")
	}
	last, _ := strconv.ParseInt(strings.TrimSpace(string(b[:n])), 10, 64) // nothing: the first
	d.Leader = max(last+1, time.Now().UnixMilli())
	if _, err := d.lock.WriteAt([]byte(fmt.Sprintf("%-20d\n", d.Leader)), 0); err != nil {
		return err
	}
	return d.lock.Sync()
}

// Close gives the lead up.
func (d *Directory) Close() error { return d.lock.Close() }

func (d *Directory) name(id string) string { return filepath.Join(d.dir, "jobs", id) }

// Put makes a record durable.
func (d *Directory) Put(r *Record) error {
	b, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode record: %w", err)
	}
	if r.ID == "" || strings.ContainsAny(r.ID, "/\\") || strings.HasPrefix(r.ID, ".") {
		return fmt.Errorf("job id %q is no file name", r.ID)
	}
	return fs.WriteAtomic(fs.Local{}, d.name(r.ID), b)
}

// Remove forgets a job.
func (d *Directory) Remove(id string) error {
	err := fs.Local{}.Remove(d.name(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return fs.Local{}.SyncDir(filepath.Join(d.dir, "jobs"))
}

// All lists the jobs.
func (d *Directory) All() ([]*Record, error) {
	entries, err := fs.Local{}.List(filepath.Join(d.dir, "jobs"))
	if err != nil {
		return nil, err
	}
	var out []*Record
	for _, e := range entries {
		if strings.HasSuffix(e.Name, ".tmp") { // its writing was cut short
			continue
		}
		r := &Record{}
		b, err := fs.ReadFile(fs.Local{}, d.name(e.Name))
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(b, r); err != nil {
			return nil, fmt.Errorf("record %s: %w", d.name(e.Name), err)
		}
		out = append(out, r)
	}
	return out, nil
}
