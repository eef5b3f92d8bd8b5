package gateway

import (
	"reflect"

	"github.com/weir-engine/weir/cli/gateway/protocol"
)

// versions are the versions of the protocol; requests without one are of the last.
var versions = []string{"v1", "v2", "v3", "v4"}

// Route is one request that the gateway answers.
type Route struct {
	Method, Path string // Path without the version
	Since        int    // the version that it came with
	Summary      string
	Body, Answer reflect.Type // Body: nil where it takes none
	handle       func(g *Gateway, r *request) (any, error)
}

// Routes are all of them.
var Routes = []Route{
	{"GET", "/info", 1, "Name and version of the product.", nil, answers[protocol.Info](), func(g *Gateway, _ *request) (any, error) { return g.info(), nil }},
	{"GET", "/api_versions", 1, "Versions of the protocol.", nil, answers[protocol.APIVersions](), (*Gateway).getVersions},
	{"POST", "/sessions", 1, "Open a session.", takes[protocol.OpenSession](), answers[protocol.Session](), (*Gateway).openSession},
	{"GET", sessionPath, 1, "Settings of a session.", nil, answers[protocol.SessionConfig](), (*Gateway).getSession},
	{"DELETE", sessionPath, 1, "Close a session and end its operations.", nil, answers[protocol.Status](), (*Gateway).closeSession},
	{"POST", sessionPath + "/configure-session", 2, "Run a statement that configures the session, to its end.", takes[protocol.Statement](), answers[protocol.Empty](), (*Gateway).configureSession},
	{"POST", sessionPath + "/heartbeat", 1, "Keep a session from timing out.", nil, answers[protocol.Empty](), (*Gateway).heartbeat},
	{"POST", sessionPath + "/statements", 1, "Start a statement.", takes[protocol.Statement](), answers[protocol.Operation](), (*Gateway).executeStatement},
	{"GET", sessionPath + "/complete-statement", 2, "What the word at a position of a statement may become.", takes[protocol.CompleteStatement](), answers[protocol.Candidates](), (*Gateway).completeStatement},
	{"GET", operationPath + "/status", 1, "How a statement fares.", nil, answers[protocol.Status](), (*Gateway).getStatus},
	{"GET", operationPath + "/result/{token}", 1, "A page of a statement's result.", nil, answers[protocol.Fetch](), (*Gateway).fetchResult},
	{"POST", operationPath + "/cancel", 1, "Cancel a statement.", nil, answers[protocol.Status](), (*Gateway).cancelOperation},
	{"DELETE", operationPath + "/close", 1, "End a statement and forget it.", nil, answers[protocol.Status](), (*Gateway).closeOperation},
}

const (
	sessionPath   = "/sessions/{session_handle}"
	operationPath = sessionPath + "/operations/{operation_handle}"
)

func takes[T any]() reflect.Type   { return reflect.TypeFor[T]() }
func answers[T any]() reflect.Type { return reflect.TypeFor[T]() }

// Patterns are the paths below which the gateway answers, for the mux that it is mounted on.
func Patterns() (out []string) {
	for _, v := range append([]string{""}, versions...) {
		if v != "" {
			v = "/" + v
		}
		out = append(out, v+"/info", v+"/api_versions", v+"/sessions", v+"/sessions/")
	}
	return out
}
