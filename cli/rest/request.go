package rest

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// request is what a handler reads.
type request struct {
	*http.Request
	route *route
	body  []byte
}

// identifier is the form of Flink's ids, which those of jobs here have too.
var handle = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

var identifier = regexp.MustCompile(`^[0-9a-f]{32}$`)

// forms are what parameters of paths look like, for reading and for the document;
// a name that is not listed takes any text.
var forms = map[string]*regexp.Regexp{
	"jobid":        identifier,
	"vertexid":     identifier,
	"triggerid":    identifier,
	"checkpointid": regexp.MustCompile(`^[0-9]{1,18}$`),
	"subtaskindex": regexp.MustCompile(`^[0-9]{1,9}$`),
	"attempt":      regexp.MustCompile(`^[0-9]{1,9}$`),

	// Of the SQL gateway, which reads them itself.
	"session_handle":   handle,
	"operation_handle": handle,
	"token":            regexp.MustCompile(`^[0-9]{1,18}$`),
}

// check refuses parameters that cannot be read.
func (r *request) check() error {
	for _, name := range r.route.parameters() {
		if f, v := forms[name], r.PathValue(name); f != nil && !f.MatchString(v) {
			return badRequest("Bad request, could not parse parameters: Cannot resolve path parameter (%s) from value %q.", name, v)
		}
	}
	values, err := parseQuery(r.Request)
	if err != nil {
		return err
	}
	for _, p := range r.route.query {
		v, given := values[p.name]
		if !given {
			continue
		}
		if p.kind == "integer" {
			if _, err := strconv.ParseInt(v[0], 10, 32); err != nil {
				return badRequest("Bad request, could not parse parameters: Cannot resolve query parameter (%s) from value %q.", p.name, v[0])
			}
		}
		if p.form != nil && !p.form.MatchString(v[0]) {
			return badRequest("Bad request, could not parse parameters: Cannot resolve query parameter (%s) from value %q: %s.", p.name, v[0], p.about)
		}
	}
	return nil
}

func parseQuery(r *http.Request) (map[string][]string, error) {
	if err := r.ParseForm(); err != nil && r.Method == http.MethodGet {
		return nil, badRequest("Bad request, could not parse parameters: %v", err)
	}
	return r.URL.Query(), nil
}

// number is a parameter of the path that check has found to be one.
func (r *request) number(name string) int64 {
	n, _ := strconv.ParseInt(r.PathValue(name), 10, 64) // forms holds it to 18 digits
	return n
}

// list is a parameter of the query with commas; nil where it is not given.
func (r *request) list(name string) []string {
	v := r.URL.Query().Get(name)
	if v == "" {
		return nil
	}
	return strings.Split(v, ",")
}

// decode reads the body into the type that the route takes.
func (r *request) decode(into any) error {
	if len(r.body) == 0 && r.route.optional {
		return nil
	}
	if !utf8.Valid(r.body) {
		return badRequest("Request did not match expected format %s: it is not UTF-8.", r.route.body.Name())
	}
	if strings.TrimSpace(string(r.body)) == "null" {
		return badRequest("Request did not match expected format %s: it is null.", r.route.body.Name())
	}
	d := json.NewDecoder(strings.NewReader(string(r.body)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return badRequest("Request did not match expected format %s: %v", r.route.body.Name(), err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return badRequest("Request did not match expected format %s: there is more behind it.", r.route.body.Name())
	}
	return nil
}
