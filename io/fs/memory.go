package fs

import (
	"errors"
	"io"
	iofs "io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// ErrCrashed is what every call returns between a crash and Restart, and what
// handles from before a crash return for ever.
var ErrCrashed = errors.New("the disk has crashed")

// Op is an operation that Memory can be told to fail.
type Op string

// The operations.
const (
	OpCreate Op = "create"
	OpOpen   Op = "open"
	OpRead   Op = "read"
	OpWrite  Op = "write"
	OpSync   Op = "sync"
	OpLink   Op = "link"
	OpRename Op = "rename to"
	OpRemove Op = "remove"
	OpMkdir  Op = "make directory"
	OpList   Op = "list"
)

// Memory is a disk in memory for tests. A crash keeps what a disk must keep:
// contents up to the last Sync of a file, names up to the last SyncDir of their
// directory. Directories themselves are durable at once.
type Memory struct {
	mu       sync.Mutex
	live     map[string]*inode // by name
	durable  map[string]*inode
	dirs     map[string]bool
	age      int   // crashes so far: older handles are dead
	crashIn  int   // operations that change something until a crash; < 0: none
	crashed  bool  //
	capacity int64 // bytes; 0: none
	fault    func(op Op, name string) error
}

type inode struct {
	data   []byte
	synced []byte
}

// NewMemory makes an empty disk.
func NewMemory() *Memory {
	return &Memory{live: map[string]*inode{}, durable: map[string]*inode{}, dirs: map[string]bool{".": true, "/": true}, crashIn: -1}
}

// CrashAfter lets n more changing operations succeed and then crashes.
func (m *Memory) CrashAfter(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.crashIn = n
}

// Restart crashes, where that has not happened yet, and comes back with what is durable.
func (m *Memory) Restart() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.age++
	m.crashed, m.crashIn = false, -1
	m.live = map[string]*inode{}
	for name, n := range m.durable {
		n.data = slices.Clone(n.synced)
		m.live[name] = n
	}
}

// Fail has fault asked before each operation; its error is the operation's.
func (m *Memory) Fail(fault func(op Op, name string) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fault = fault
}

// SetCapacity makes writes past so many bytes in all files fail as on a full disk; 0: never.
func (m *Memory) SetCapacity(bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.capacity = bytes
}

// Used is the bytes in all files.
func (m *Memory) Used() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used()
}

func (m *Memory) used() (n int64) {
	for _, f := range m.live {
		n += int64(len(f.data))
	}
	return n
}

// begin is called, with the lock held, before an operation.
func (m *Memory) begin(op Op, name string) error {
	if m.crashed {
		return Failed(string(op), name, ErrCrashed)
	}
	if op != OpOpen && op != OpRead && op != OpList {
		if m.crashIn == 0 {
			m.crashed = true
			return Failed(string(op), name, ErrCrashed)
		}
		if m.crashIn > 0 {
			m.crashIn--
		}
	}
	if m.fault != nil {
		return Failed(string(op), name, m.fault(op, name))
	}
	return nil
}

// Create implements FS.
func (m *Memory) Create(name string) (Writer, error) {
	name = path.Clean(name)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.begin(OpCreate, name); err != nil {
		return nil, err
	}
	if !m.dirs[path.Dir(name)] {
		return nil, Failed("create", name, ErrNotExist)
	}
	n := &inode{}
	m.live[name] = n
	return &memoryWriter{m: m, node: n, name: name, age: m.age}, nil
}

// Open implements FS.
func (m *Memory) Open(name string) (Reader, error) {
	name = path.Clean(name)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.begin(OpOpen, name); err != nil {
		return nil, err
	}
	n, ok := m.live[name]
	if !ok {
		return nil, Failed("open", name, ErrNotExist)
	}
	return &memoryReader{m: m, node: n, name: name, age: m.age}, nil
}

// Link implements FS.
func (m *Memory) Link(oldName, newName string) error {
	oldName, newName = path.Clean(oldName), path.Clean(newName)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.begin(OpLink, newName); err != nil {
		return err
	}
	n, ok := m.live[oldName]
	if !ok {
		return Failed("link", newName, ErrNotExist)
	}
	if _, taken := m.live[newName]; taken {
		return Failed("link", newName, iofs.ErrExist)
	}
	m.live[newName] = n
	return nil
}

// Rename implements FS.
func (m *Memory) Rename(oldName, newName string) error {
	oldName, newName = path.Clean(oldName), path.Clean(newName)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.begin(OpRename, newName); err != nil {
		return err
	}
	if n, ok := m.live[oldName]; ok {
		delete(m.live, oldName)
		m.live[newName] = n
		return nil
	}
	if !m.dirs[oldName] {
		return Failed("rename to", newName, ErrNotExist)
	}
	m.moveDir(oldName, newName)
	return nil
}

func (m *Memory) moveDir(oldName, newName string) {
	inside := oldName + "/"
	for _, files := range []map[string]*inode{m.live, m.durable} {
		for name, n := range files {
			if rest, ok := strings.CutPrefix(name, inside); ok {
				delete(files, name)
				files[newName+"/"+rest] = n
			}
		}
	}
	for dir := range m.dirs {
		if rest, ok := strings.CutPrefix(dir+"/", inside); ok {
			delete(m.dirs, dir)
			m.dirs[path.Join(newName, rest)] = true
		}
	}
}

// Remove implements FS.
func (m *Memory) Remove(name string) error {
	name = path.Clean(name)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.begin(OpRemove, name); err != nil {
		return err
	}
	if _, ok := m.live[name]; ok {
		delete(m.live, name)
		return nil
	}
	if !m.dirs[name] {
		return Failed("remove", name, ErrNotExist)
	}
	if list := m.list(name); len(list) > 0 {
		return Failed("remove", name, syscall.ENOTEMPTY)
	}
	delete(m.dirs, name)
	return nil
}

// RemoveAll implements FS.
func (m *Memory) RemoveAll(name string) error {
	name = path.Clean(name)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.begin(OpRemove, name); err != nil {
		return err
	}
	delete(m.live, name)
	for file := range m.live {
		if strings.HasPrefix(file, name+"/") {
			delete(m.live, file)
		}
	}
	for dir := range m.dirs {
		if dir == name || strings.HasPrefix(dir, name+"/") {
			delete(m.dirs, dir)
		}
	}
	return nil
}

// MkdirAll implements FS.
func (m *Memory) MkdirAll(name string) error {
	name = path.Clean(name)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.begin(OpMkdir, name); err != nil {
		return err
	}
	for dir := name; !m.dirs[dir]; dir = path.Dir(dir) {
		m.dirs[dir] = true
	}
	return nil
}

// List implements FS.
func (m *Memory) List(dir string) ([]Entry, error) {
	dir = path.Clean(dir)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.begin(OpList, dir); err != nil {
		return nil, err
	}
	if !m.dirs[dir] {
		return nil, Failed("list", dir, ErrNotExist)
	}
	return m.list(dir), nil
}

func (m *Memory) list(dir string) (entries []Entry) {
	for name, n := range m.live {
		if path.Dir(name) == dir {
			entries = append(entries, Entry{Name: path.Base(name), Bytes: int64(len(n.data))})
		}
	}
	for name := range m.dirs {
		if name != dir && path.Dir(name) == dir {
			entries = append(entries, Entry{Name: path.Base(name), Dir: true})
		}
	}
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return entries
}

// Stat implements FS.
func (m *Memory) Stat(name string) (Entry, error) {
	name = path.Clean(name)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.begin(OpOpen, name); err != nil {
		return Entry{}, err
	}
	if n, ok := m.live[name]; ok {
		return Entry{Name: path.Base(name), Bytes: int64(len(n.data))}, nil
	}
	if m.dirs[name] {
		return Entry{Name: path.Base(name), Dir: true}, nil
	}
	return Entry{}, Failed("look at", name, ErrNotExist)
}

// SyncDir implements FS.
func (m *Memory) SyncDir(dir string) error {
	dir = path.Clean(dir)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.begin(OpSync, dir); err != nil {
		return err
	}
	for name := range m.durable {
		if _, ok := m.live[name]; !ok && (path.Dir(name) == dir || !m.dirs[path.Dir(name)]) {
			delete(m.durable, name)
		}
	}
	for name, n := range m.live {
		if path.Dir(name) == dir {
			m.durable[name] = n
		}
	}
	return nil
}

type memoryWriter struct {
	m    *Memory
	node *inode
	name string
	age  int
}

func (w *memoryWriter) Write(p []byte) (int, error) {
	w.m.mu.Lock()
	defer w.m.mu.Unlock()
	if err := w.m.begin(OpWrite, w.name); err != nil {
		return 0, err
	}
	if w.age != w.m.age {
		return 0, Failed("write", w.name, ErrCrashed)
	}
	if c := w.m.capacity; c > 0 && w.m.used()+int64(len(p)) > c {
		return 0, Failed("write", w.name, syscall.ENOSPC)
	}
	w.node.data = append(w.node.data, p...)
	return len(p), nil
}

func (w *memoryWriter) Sync() error {
	w.m.mu.Lock()
	defer w.m.mu.Unlock()
	if err := w.m.begin(OpSync, w.name); err != nil {
		return err
	}
	if w.age != w.m.age {
		return Failed("sync", w.name, ErrCrashed)
	}
	w.node.synced = slices.Clone(w.node.data)
	return nil
}

func (w *memoryWriter) Close() error { return nil }

type memoryReader struct {
	m    *Memory
	node *inode
	name string
	age  int
}

func (r *memoryReader) Size() int64 {
	r.m.mu.Lock()
	defer r.m.mu.Unlock()
	return int64(len(r.node.data))
}

func (r *memoryReader) ReadAt(p []byte, off int64) (int, error) {
	r.m.mu.Lock()
	defer r.m.mu.Unlock()
	if err := r.m.begin(OpRead, r.name); err != nil {
		return 0, err
	}
	if r.age != r.m.age {
		return 0, Failed("read", r.name, ErrCrashed)
	}
	if off >= int64(len(r.node.data)) {
		return 0, io.EOF
	}
	n := copy(p, r.node.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (r *memoryReader) Close() error { return nil }
