package rest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestEveryRoute asks every route of the document for a running job, and checks
// each answer against the schema that the document has for its status.
func TestEveryRoute(t *testing.T) {
	c := newCluster(t, func(c *Config) { c.Shutdown = func() {} })
	j := c.running()
	v := c.server.look(j)
	h := v.history.Checkpoints
	var tr Triggered
	c.want(202, "POST", "/jobs/"+j.ID()+"/savepoints", "", &tr)
	values := map[string]string{
		"jobid": j.ID(), "vertexid": vertexID(v.graph.Vertices[0].ID), "subtaskindex": "0", "attempt": "0", "taskmanagerid": "local",
		"triggerid": tr.ID, "checkpointid": fmt.Sprint(h[len(h)-1].ID),
	}
	var doc map[string]any
	c.want(200, "GET", "/v1/openapi.json", "", &doc)
	asked := 0
	for i := range c.server.routes {
		r := &c.server.routes[i]
		path := r.path
		for _, p := range r.parameters() {
			path = strings.Replace(path, ":"+p, cmpOr(values[p], "x"), 1)
		}
		queries := []string{"", "?get=numRecordsIn,uptime,Status.JVM.Memory.Heap.Used,0.busyTimeMsPerSecond", "?get=numRecordsIn,uptime&agg=max,skew"}
		if r.path == "/jobs/:jobid" && r.method == "PATCH" || !slices.ContainsFunc(r.query, func(p parameter) bool { return p.name == "get" }) {
			queries = queries[:1]
		}
		if r.path == "/jobs/:jobid" && r.method == "PATCH" || r.path == "/jobs/:jobid/stop" {
			path = strings.Replace(path, j.ID(), newID(), 1) // the others need the job
		}
		for _, q := range queries {
			status, answer := c.ask(r.method, path+q, "")
			asked++
			operation := doc["paths"].(map[string]any)[braces(r.path)].(map[string]any)[strings.ToLower(r.method)].(map[string]any)
			response, ok := operation["responses"].(map[string]any)[fmt.Sprint(status)].(map[string]any)
			if !ok {
				t.Errorf("%s %s answers %d, which is not documented: %s", r.method, path, status, answer)
				continue
			}
			content, ok := response["content"].(map[string]any)["application/json"].(map[string]any)
			if !ok {
				continue
			}
			var value any
			if err := json.Unmarshal(answer, &value); err != nil {
				t.Errorf("%s %s: %v", r.method, path, err)
				continue
			}
			if err := validate(doc, content["schema"].(map[string]any), value, "answer"); err != nil {
				t.Errorf("%s %s: %d: %v", r.method, path+q, status, err)
			}
		}
	}
	if asked < 100 {
		t.Errorf("only %d requests", asked)
	}
}

func cmpOr(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// validate checks a value against the part of JSON Schema that the document uses.
func validate(doc, s map[string]any, v any, at string) error {
	if ref, ok := s["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/components/schemas/")
		return validate(doc, doc["components"].(map[string]any)["schemas"].(map[string]any)[name].(map[string]any), v, at)
	}
	if len(s) == 0 { // any value
		return nil
	}
	if v == nil {
		if s["nullable"] == true {
			return nil
		}
		return fmt.Errorf("%s is null", at)
	}
	for _, part := range list(s["allOf"]) {
		if err := validate(doc, part.(map[string]any), v, at); err != nil {
			return err
		}
	}
	if one := list(s["oneOf"]); one != nil {
		fits := 0
		for _, part := range one {
			if validate(doc, part.(map[string]any), v, at) == nil {
				fits++
			}
		}
		if fits != 1 {
			return fmt.Errorf("%s: %v fits %d of oneOf", at, v, fits)
		}
	}
	if enum := list(s["enum"]); enum != nil && !slices.Contains(enum, v) {
		return fmt.Errorf("%s is %v, not one of %v", at, v, enum)
	}
	kind, _ := s["type"].(string)
	switch v := v.(type) {
	case string:
		if kind != "string" && kind != "" {
			return fmt.Errorf("%s is a string, not %s", at, kind)
		}
	case bool:
		if kind != "boolean" {
			return fmt.Errorf("%s is a boolean, not %s", at, kind)
		}
	case float64:
		if kind != "number" && !(kind == "integer" && v == float64(int64(v))) && kind != "" {
			return fmt.Errorf("%s is %v, not %s", at, v, kind)
		}
	case []any:
		if kind != "array" {
			return fmt.Errorf("%s is an array, not %s", at, kind)
		}
		for i, x := range v {
			if err := validate(doc, s["items"].(map[string]any), x, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
	case map[string]any:
		return validateObject(doc, s, v, at)
	}
	return nil
}

func validateObject(doc, s, v map[string]any, at string) error {
	if s["type"] != "object" || len(list(s["allOf"])) > 0 {
		if s["type"] == "object" {
			return nil // its part has checked it
		}
		return fmt.Errorf("%s is an object, not %v", at, s["type"])
	}
	for _, name := range list(s["required"]) {
		if _, ok := v[name.(string)]; !ok {
			return fmt.Errorf("%s.%s is missing", at, name)
		}
	}
	properties, _ := s["properties"].(map[string]any)
	for name, x := range v {
		of, ok := properties[name].(map[string]any)
		if !ok {
			if of, ok = s["additionalProperties"].(map[string]any); !ok {
				if s["additionalProperties"] == true {
					continue
				}
				return fmt.Errorf("%s.%s is not in the schema", at, name)
			}
		}
		if err := validate(doc, of, x, at+"."+name); err != nil {
			return err
		}
	}
	return nil
}

func list(v any) []any { l, _ := v.([]any); return l }

func TestValidateFindsFaults(t *testing.T) {
	doc := map[string]any{}
	if err := json.Unmarshal(Document("x"), &doc); err != nil {
		t.Fatal(err)
	}
	ref := map[string]any{"$ref": "#/components/schemas/JobState"}
	for _, bad := range []string{`{}`, `{"id":"a"}`, `{"id":1,"status":"x"}`, `{"id":"a","status":"b","more":1}`, `[]`, `null`} {
		var v any
		if err := json.Unmarshal([]byte(bad), &v); err != nil {
			t.Fatal(err)
		}
		if validate(doc, ref, v, "") == nil {
			t.Errorf("%s passes", bad)
		}
	}
}

// TestAllOfFlink wants an answer, if only a refusal, for every route that Flink has.
func TestAllOfFlink(t *testing.T) {
	f, err := os.Open("testdata/flink-2.3/routes.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	have := map[string]bool{}
	for _, r := range table() {
		have[r.method+" "+shape(r.path)] = true
	}
	n := 0
	for lines := bufio.NewScanner(f); lines.Scan(); n++ {
		method, path, _ := strings.Cut(lines.Text(), "\t")
		if gatewayOnly.MatchString(path) {
			continue
		}
		if !have[method+" "+shape(path)] {
			t.Errorf("%s %s is not there", method, path)
		}
	}
	if n < 100 {
		t.Errorf("%d routes", n)
	}
}

// gatewayOnly are the paths of the SQL gateway.
var gatewayOnly = regexp.MustCompile(`^/(sessions|workflow|info|api_versions)`)

// shape is a path without the names of its parameters.
func shape(path string) string { return regexp.MustCompile(`:[^/]+`).ReplaceAllString(path, ":") }
