package lsm_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/lsm"
)

// TestScratchThatIsNone opens a backend whose scratch directory is a file.
func TestScratchThatIsNone(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	m := memory.NewManager(64 << 20)
	grant, err := m.Open("state", 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = lsm.Open(keyed.Config{Dir: name, FS: fs.Local{}, Checkpoints: t.TempDir(), Groups: keyed.GroupRange{To: 1}, MaxParallelism: 1, Memory: grant})
	if err == nil || sqlerr.CodeOf(err) != sqlerr.ConnectorFailure {
		t.Errorf("code %s of %v", sqlerr.CodeOf(err), err)
	}
	if m.Used() != 0 {
		t.Errorf("%d bytes are still granted", m.Used())
	}
}

// TestRefusedMemoryHasACode opens a backend where others have taken the memory that
// sorting and caching need.
func TestRefusedMemoryHasACode(t *testing.T) {
	m := memory.NewManager(64 << 20)
	other, err := m.Open("other", 60<<20)
	if err != nil {
		t.Fatal(err)
	}
	grant, err := m.Open("state", 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = lsm.Open(keyed.Config{Dir: t.TempDir(), FS: fs.Local{}, Checkpoints: t.TempDir(), Groups: keyed.GroupRange{To: 1}, MaxParallelism: 1, Memory: grant})
	if err == nil || sqlerr.CodeOf(err) != sqlerr.InsufficientMemory {
		t.Errorf("code %s of %v", sqlerr.CodeOf(err), err)
	}
	other.Close()
	if m.Used() != 0 {
		t.Errorf("%d bytes are still granted", m.Used())
	}
}
