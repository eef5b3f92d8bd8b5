package rest

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/weir-engine/weir/exec/job"
)

// differences are where an answer deliberately is not of the shape of Flink's.
var differences = map[string]string{
	"GET_jars":     "501: there are no jars",
	"GET_datasets": "501: there are no cached data sets",
	"GET_jobs_JOB_vertices_VERTEX_flamegraph_type_full": "501: no flame graphs",
	"GET_jobs_JOB_resource-requirements":                "Flink's default scheduler refuses; weir rescales in place and answers",
	"GET_jobs_JOB_rescales_overview":                    "both refuse, with other words",
}

// TestShapes compares every recorded answer of Flink with ours for a running job:
// the same keys, nested the same way, with values of the same types.
func TestShapes(t *testing.T) {
	c := newCluster(t, nil)
	j := c.running()
	v := c.server.look(j)
	source, window := v.graph.Vertices[0], v.graph.Vertices[len(v.graph.Vertices)-1]
	var triggered Triggered
	c.want(202, "POST", "/v1/jobs/"+j.ID()+"/savepoints", `{}`, &triggered)
	c.eventually("the savepoint", func() bool {
		_, answer := c.ask("GET", "/jobs/"+j.ID()+"/savepoints/"+triggered.ID, "")
		return strings.Contains(string(answer), "COMPLETED")
	})
	c.eventually("a checkpoint behind it", func() bool {
		h := j.History().Checkpoints
		return h[len(h)-1].State == job.Completed && !h[len(h)-1].Savepoint
	})
	files, err := filepath.Glob("testdata/flink-2.3/GET_*.json")
	if err != nil || len(files) < 40 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			var want any
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(data, &want); err != nil {
				t.Fatal(err)
			}
			var diffs []string
			for range 10 { // a checkpoint that is forgotten or under way meanwhile looks otherwise
				h := j.History().Checkpoints
				path := pathOf(name, j.ID(), vertexID(source.ID), vertexID(window.ID), triggered.ID, fmt.Sprint(h[len(h)-2].ID))
				status, answer := c.ask("GET", path, "")
				if differences[name] != "" {
					if status == 200 && name != "GET_jobs_JOB_resource-requirements" {
						t.Fatalf("GET %s is no difference any more", path)
					}
					return
				}
				if diffs = shapeOf(want, status, answer); len(diffs) == 0 {
					return
				}
			}
			for _, d := range diffs {
				t.Error(d)
			}
		})
	}
}

// shapeOf is how an answer differs from the shape of a sample.
func shapeOf(want any, status int, answer []byte) (diffs []string) {
	if status != 200 {
		return []string{fmt.Sprintf("%d %s", status, answer)}
	}
	var got any
	if err := json.Unmarshal(answer, &got); err != nil {
		return []string{err.Error()}
	}
	sameShape("", want, got, &diffs)
	slices.Sort(diffs)
	return slices.Compact(diffs)
}

// pathOf is the request that a sample answers.
func pathOf(name, job, source, window, trigger, checkpoint string) string {
	vertex := source
	if strings.Contains(name, "watermarks") {
		vertex = window // with values, of which the sample's source has none
	}
	path := strings.ReplaceAll(strings.TrimPrefix(name, "GET"), "_", "/")
	for from, to := range map[string]string{"/JOB": "/" + job, "/VERTEX": "/" + vertex, "/TRIGGER": "/" + trigger, "/TM": "/local", "details/9": "details/" + checkpoint} {
		path = strings.ReplaceAll(path, from, to)
	}
	path = strings.Replace(path, "metrics/get/", "metrics?get=", 1)
	return strings.Replace(path, "flamegraph/type/", "flamegraph?type=", 1)
}

// free are the places whose keys are data, and what may differ in them.
var free = []string{
	".tasks", ".execution-config.user-config", // by vertex, by option
	".garbageCollectors[]",
}

// sameShape compares keys and types. Arrays are compared by their first elements,
// maps whose keys are ids by their first values; null matches all.
func sameShape(at string, want, got any, diffs *[]string) {
	if want == nil || got == nil {
		return
	}
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok {
			*diffs = append(*diffs, fmt.Sprintf("%s: %T instead of an object", at, got))
			return
		}
		if byID(want) || byID(got) || slices.Contains(free, at) {
			for _, w := range want {
				for _, g := range got {
					sameShape(at+".*", w, g, diffs)
				}
			}
			return
		}
		for k := range maps.Keys(want) {
			if _, ok := got[k]; !ok {
				*diffs = append(*diffs, at+"."+k+": is missing")
				continue
			}
			sameShape(at+"."+k, want[k], got[k], diffs)
		}
		for k := range got {
			if _, ok := want[k]; !ok {
				*diffs = append(*diffs, at+"."+k+": Flink has no such key")
			}
		}
	case []any:
		got, ok := got.([]any)
		if !ok {
			*diffs = append(*diffs, fmt.Sprintf("%s: %T instead of an array", at, got))
			return
		}
		if len(want) > 0 && len(got) > 0 {
			for _, g := range got {
				best := matching(at+"[]", want, g)
				*diffs = append(*diffs, best...)
			}
		}
	default:
		if a, b := scalar(want), scalar(got); a != b {
			*diffs = append(*diffs, fmt.Sprintf("%s: %v (%s) instead of %v (%s)", at, got, b, want, a))
		}
	}
}

// matching is the least that tells g from any element of want: elements may be of several shapes.
func matching(at string, want []any, g any) (best []string) {
	for i, w := range want {
		var d []string
		sameShape(at, w, g, &d)
		if i == 0 || len(d) < len(best) {
			best = d
		}
	}
	return best
}

// scalar is the type of a value; "NaN" is the number that it stands for.
func scalar(v any) string {
	if v == "NaN" {
		return "float64"
	}
	return fmt.Sprintf("%T", v)
}

// byID reports that all keys of an object are ids.
func byID(m map[string]any) bool {
	for k := range m {
		if !identifier.MatchString(k) {
			return false
		}
	}
	return len(m) > 0
}
