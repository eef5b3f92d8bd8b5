package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/weir-engine/weir/cli/gateway/protocol"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
)

// maxBody is the most bytes of a request.
const maxBody = 64 << 20

// request is a request and what its path says.
type request struct {
	*http.Request
	version string // as in its path; the last where it names none
}

// raw is a body that is JSON already.
type raw []byte

func (g *Gateway) newMux() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", notFound)
	for i := range Routes {
		route := &Routes[i]
		for n, v := range append(versions, "") {
			if v == "" {
				mux.Handle(route.Method+" "+route.Path, g.serve(route, versions[len(versions)-1]))
			} else if n+1 >= route.Since {
				mux.Handle(route.Method+" /"+v+route.Path, g.serve(route, v))
			}
		}
	}
	return mux
}

// serve answers one route.
func (g *Gateway) serve(route *Route, version string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		answer, err := route.handle(g, &request{Request: r, version: version})
		if err != nil {
			writeError(w, r, err)
			return
		}
		body, ok := answer.(raw)
		if !ok {
			body = encode(answer)
		}
		write(w, http.StatusOK, body)
	})
}

func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client is gone
}

func notFound(w http.ResponseWriter, r *http.Request) {
	write(w, http.StatusNotFound, encode(protocol.ErrorBody{Errors: []string{"Not found: " + r.URL.Path}}))
}

// refusal is an error with a status of its own; all others are 500, as in Flink.
type refusal struct {
	error
	status int
}

func (r refusal) Unwrap() error { return r.error }

// badRequest is a request that cannot be read.
func badRequest(format string, args ...any) error {
	return refusal{sqlerr.Newf(sqlerr.BadInput, "Bad request, "+format, args...), http.StatusBadRequest}
}

// incomplete is a statement that ends too soon.
type incomplete struct{ error }

func (i incomplete) Unwrap() error { return i.error }

// writeError answers an error: as text for Flink's clients, in parts for ours.
func writeError(w http.ResponseWriter, r *http.Request, err error) {
	// Flink's SQL client shows what stands between these two marks.
	text := "Caused by: " + sqlerr.Render(err) + "\tat the SQL gateway"
	status, errs := http.StatusInternalServerError, []string{"Internal server error.", "<Exception on server side:\n" + text + "\nEnd of exception on server side>"}
	var refused refusal
	var cut incomplete
	switch {
	case errors.As(err, &refused):
		status, errs = refused.status, []string{strings.TrimSpace(sqlerr.Render(err))}
	case errors.As(err, &cut): // at these words it asks for the rest of the statement, or reads on in the script
		errs = append(errs, `Encountered "<EOF>"`)
	}
	body := protocol.ErrorBody{Errors: errs}
	if r.Header.Get("Accept") == protocol.AcceptDetail {
		detail := protocol.DetailOf(err)
		body.Detail = &detail
	}
	write(w, status, encode(body))
}

// encode writes JSON as people read it: with < and > as they are.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil { // strings, numbers and maps of them: it cannot fail
		return []byte(`{"errors":["Internal server error. Could not map response to JSON."]}`)
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// read reads the body of a request; an empty one leaves into as it is.
func (r *request) read(into any) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return badRequest("could not read the body: %v", err)
	}
	if len(body) == 0 {
		return nil
	}
	if body = bytes.TrimSpace(body); len(body) == 0 || body[0] != '{' || !utf8.Valid(body) { // null would pass for an object
		return badRequest("the body is no JSON object")
	}
	if err := json.Unmarshal(body, into); err != nil {
		return badRequest("the body is not what is expected: %v", err)
	}
	return nil
}

var handlePattern = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// readStatement reads a body that has a statement.
func (r *request) readStatement() (body protocol.Statement, err error) {
	if err = r.read(&body); err == nil && strings.TrimSpace(body.Statement) == "" {
		err = badRequest("the body has no statement")
	}
	return body, err
}

// handle is a part of the path that names a session or an operation.
func (r *request) handle(name string) (string, error) {
	id := r.PathValue(name + "_handle")
	if !handlePattern.MatchString(id) {
		return "", badRequest("could not parse parameters: Cannot resolve path parameter (%s_handle) from value %q", name, id)
	}
	return strings.ToLower(id), nil
}

func (g *Gateway) getVersions(*request) (any, error) {
	var out protocol.APIVersions
	for _, v := range versions {
		out.Versions = append(out.Versions, strings.ToUpper(v))
	}
	return out, nil
}

// resultURI is where the page of a token is.
func (r *request) resultURI(s *session, o *operation, token int64, format string) string {
	uri := "/" + r.version + "/sessions/" + s.id + "/operations/" + o.id + "/result/" + strconv.FormatInt(token, 10)
	if r.version != versions[0] {
		uri += "?rowFormat=" + format
	}
	return uri
}

// notReady is the answer to a fetch while the statement executes.
func notReady(uri string) raw {
	return append(kernel.AppendJSONString([]byte(`{"resultType":"`+protocol.NotReady+`","nextResultUri":`), []byte(uri)), '}')
}
