package worker

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/spill"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestScratchOfKilledProcessesIsCleared: a process is alive as long as it holds its
// lock, whatever its number is and in whatever container it runs.
func TestScratchOfKilledProcessesIsCleared(t *testing.T) {
	root := t.TempDir()
	alive, err := spill.NewClaim(root)
	if err != nil {
		t.Fatal(err)
	}
	if err := alive.Make(); err != nil {
		t.Fatal(err)
	}
	gone, other := filepath.Join(root, "weir-1-0badcafe"), filepath.Join(root, "notes")
	for _, d := range []string{gone, other} {
		if err := os.MkdirAll(filepath.Join(d, "deep"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(gone+".lock", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := NewManager(Config{Memory: memory.NewManager(1 << 20), SpillDir: root})
	if err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]bool{gone: false, gone + ".lock": false, alive.Path(): true, other: true} {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s: %v", dir, err)
		}
	}
	if err := errors.Join(m.Close(), alive.Release()); err != nil {
		t.Fatal(err)
	}
}

func TestADeploymentThatFailsLeavesNothing(t *testing.T) {
	mem := memory.NewManager(1 << 20)
	m, err := NewManager(Config{Memory: mem, SpillDir: t.TempDir(), Factory: func(s *graph.OperatorSpec, _ *graph.Env) (operator.Operator, error) {
		if s.Name == "Good" {
			return nil, nil
		}
		return nil, os.ErrInvalid
	}})
	if err != nil {
		t.Fatal(err)
	}
	schema := types.NewSchema()
	v := &graph.Vertex{ID: "v", Parallelism: 1, MaxParallelism: 1, Chain: []graph.OperatorSpec{{ID: "good", Name: "Good", Output: schema}, {ID: "bad", Name: "Bad", Output: schema}}}
	j, err := (&graph.Job{ID: "j", Vertices: []*graph.Vertex{v}, Config: graph.Config{}.WithDefaults()}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, vertex := range []string{"v", "nowhere"} {
		d, _ := json.Marshal(Deployment{Job: j, Tasks: []TaskDeployment{{Vertex: vertex}}})
		err = m.Deploy(context.Background(), d, nil)
		if err == nil || vertex == "v" && !strings.Contains(err.Error(), "make Bad bad") {
			t.Errorf("%v", err)
		}
	}
	if mem.Used() != 0 || m.Tasks("j", 0) != nil {
		t.Errorf("%d bytes are held", mem.Used())
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
}
