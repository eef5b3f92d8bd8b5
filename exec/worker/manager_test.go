package worker

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/operator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestScratchOfKilledProcessesIsCleared(t *testing.T) {
	root := t.TempDir()
	gone, alive, other := filepath.Join(root, "p999999999"), filepath.Join(root, "p1"), filepath.Join(root, "notes")
	for _, d := range []string{gone, alive, other} {
		if err := os.MkdirAll(filepath.Join(d, "deep"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	m, err := NewManager(Config{Memory: memory.NewManager(1 << 20), SpillDir: root})
	if err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]bool{gone: false, alive: true, other: true} {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s: %v", dir, err)
		}
	}
	if err := m.Close(); err != nil {
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
