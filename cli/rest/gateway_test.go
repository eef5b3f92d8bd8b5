package rest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/weir-engine/weir/cli/gateway"
)

// TestGatewayIsDocumented asks every route of the SQL gateway, and checks its answers
// against the document.
func TestGatewayIsDocumented(t *testing.T) {
	var g *gateway.Gateway
	c := newCluster(t, func(c *Config) {
		c.Gateway = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.Handler().ServeHTTP(w, r) })
	})
	g = gateway.New(gateway.Config{Engine: c.engine})
	t.Cleanup(g.Close)
	var doc map[string]any
	c.want(200, "GET", "/openapi.json", "", &doc)
	const nobody = "00000000-0000-0000-0000-000000000000"
	names := map[string]string{}
	asked := map[string]bool{}
	ask := func(want int, method, path, query, body string) map[string]any {
		t.Helper()
		typed := path
		for name, value := range names {
			typed = strings.ReplaceAll(typed, "{"+name+"}", value)
		}
		status, answer := c.ask(method, typed+query, body)
		var value map[string]any
		if err := json.Unmarshal(answer, &value); err != nil || status != want {
			t.Fatalf("%s %s: %d %s, %v", method, typed, status, answer, err)
		}
		operation := doc["paths"].(map[string]any)[path].(map[string]any)[strings.ToLower(method)].(map[string]any)
		response, ok := operation["responses"].(map[string]any)[fmt.Sprint(status)].(map[string]any)
		if !ok {
			t.Fatalf("%s %s answers %d, which is not documented", method, path, status)
		}
		s := response["content"].(map[string]any)["application/json"].(map[string]any)["schema"].(map[string]any)
		if err := validate(doc, s, value, "answer"); err != nil {
			t.Errorf("%s %s: %d: %v in %s", method, typed, status, err, answer)
		}
		asked[method+" "+path] = true
		return value
	}
	const session, operation = "/sessions/{session_handle}", "/sessions/{session_handle}/operations/{operation_handle}"
	execute := func(sql string) {
		body, _ := json.Marshal(map[string]string{"statement": sql})
		names["operation_handle"] = ask(200, "POST", session+"/statements", "", string(body))["operationHandle"].(string)
	}
	ask(200, "GET", "/info", "", "")
	ask(200, "GET", "/api_versions", "", "")
	ask(400, "POST", "/sessions", "", `{"properties":{"parallelism.default":"many"}}`)
	ask(400, "POST", "/sessions", "", `{"properties":1}`)
	names["session_handle"] = ask(200, "POST", "/sessions", "", "")["sessionHandle"].(string)
	ask(200, "GET", session, "", "")
	ask(200, "POST", session+"/heartbeat", "", "")
	ask(200, "POST", session+"/configure-session", "", `{"statement":"SET 'parallelism.default' = '1'"}`)
	ask(500, "POST", session+"/configure-session", "", `{"statement":"SELECT"}`)
	ask(501, "POST", session+"/statements", "", `{"statement":"SELECT 1","executionTimeout":1}`)
	ask(200, "GET", session+"/complete-statement", "", `{"statement":"SEL","position":3}`)
	for _, format := range []string{"JSON", "PLAIN_TEXT", "ROWS"} {
		execute("SELECT 1 AS a, ARRAY[ROW('x', CAST(NULL AS DECIMAL(5, 2)))] AS b, MAP['k', TIME '10:00:00'] AS c, INTERVAL '1' DAY AS d, x'00' AS e")
		for token := 0; ; token++ {
			names["token"] = fmt.Sprint(token)
			if ask(200, "GET", operation+"/result/{token}", "?rowFormat="+format, "")["resultType"] == "EOS" {
				break
			}
		}
	}
	ask(200, "GET", operation+"/status", "", "")
	names["token"] = "77"
	ask(400, "GET", operation+"/result/{token}", "", "")
	ask(400, "GET", operation+"/result/{token}", "?rowFormat=XML", "")
	ask(409, "POST", operation+"/cancel", "", "")
	ask(200, "DELETE", operation+"/close", "", "")
	ask(404, "GET", operation+"/status", "", "")
	execute("SELECT nothing")
	names["token"] = "0"
	ask(500, "GET", operation+"/result/{token}", "", "")
	ask(200, "DELETE", session, "", "")
	names["session_handle"] = nobody
	for i := range gateway.Routes {
		if r := &gateway.Routes[i]; strings.HasPrefix(r.Path, session) {
			if !asked[r.Method+" "+r.Path] {
				t.Errorf("%s %s is not asked", r.Method, r.Path)
			}
			ask(404, r.Method, r.Path, "", `{"statement":"SELECT 1"}`)
		}
	}
	names["session_handle"] = "nobody"
	ask(400, "GET", session, "", "")
}
