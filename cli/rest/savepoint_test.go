package rest

import (
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/exec/engine"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/job"
)

// TestSavepointPath lets savepoints lie only where the checkpoints do.
func TestSavepointPath(t *testing.T) {
	local := t.TempDir()
	for _, tc := range []struct{ checkpoints, asked, begins, fails string }{
		{local, local, local + "/savepoint-abcdef-", ""},
		{local, "file://" + local, local + "/savepoint-abcdef-", ""},
		{"s3://b/c", "s3://b/s/", "s3://b/s/savepoint-abcdef-", ""},
		{local, "s3://b/s", "", "must both lie"},
		{"s3://b/c", local, "", "must both lie"},
		{local, "hdfs://b/s", "", "not to \"hdfs://b/s\""},
	} {
		g := &graph.Job{}
		g.Config.Options = option.Values{engine.OptDir.Key: tc.checkpoints}
		v := &view{graph: g, status: job.Status{ID: "abcdef0123"}}
		got, err := v.savepointPath(tc.asked)
		switch {
		case tc.fails != "":
			if err == nil || !strings.Contains(err.Error(), tc.fails) {
				t.Errorf("%v: %q, %v", tc, got, err)
			}
		case err != nil || !strings.HasPrefix(got, tc.begins):
			t.Errorf("%v: %q, %v", tc, got, err)
		}
	}
	if got := uri("s3://b/s/savepoint-1"); got != "s3://b/s/savepoint-1" {
		t.Error(got)
	}
}
