package rest

import (
	"net/http"
	"reflect"
	"regexp"
	"strings"
)

// route is one entry of the table: what it answers, and what its document says.
type route struct {
	method, path string // parameters as Flink writes them: /jobs/:jobid
	summary      string
	query        []parameter
	body         reflect.Type // nil: none
	optional     bool         // the body may be left out
	status       int          // of a good answer
	answer       reflect.Type // nil: not JSON
	text         string       // the media type where answer is nil
	serve        func(s *Server, r *request) (any, error)
}

// parameter is one of the query string.
type parameter struct {
	name, about string
	kind        string         // string, integer
	form        *regexp.Regexp // of its value; nil: any
}

// choices is the form of some of a list of words, separated by commas, or none.
func choices(words ...string) *regexp.Regexp {
	one := "(" + strings.Join(words, "|") + ")"
	return regexp.MustCompile("^(" + one + "(," + one + ")*)?$")
}

// get is a route that reads.
func get[A any](path, summary string, serve func(*Server, *request) (A, error), query ...parameter) route {
	return answers(http.MethodGet, path, summary, http.StatusOK, serve, query)
}

// change is a route that starts something: the good answer is 202.
func change[A any](method, path, summary string, serve func(*Server, *request) (A, error), query ...parameter) route {
	return answers(method, path, summary, http.StatusAccepted, serve, query)
}

func answers[A any](method, path, summary string, status int, serve func(*Server, *request) (A, error), query []parameter) route {
	return route{
		method: method, path: path, summary: summary, query: query, status: status, answer: reflect.TypeFor[A](),
		serve: func(s *Server, r *request) (any, error) { return serve(s, r) },
	}
}

// takes adds a body to a route.
func takes[B any](r route) route {
	r.body = reflect.TypeFor[B]()
	return r
}

// mayTake adds a body that may be left out.
func mayTake[B any](r route) route {
	r.optional = true
	return takes[B](r)
}

// pattern is the route as a pattern of http.ServeMux.
func (r *route) pattern(prefix string) string {
	return r.method + " " + prefix + braces(r.path)
}

// braces writes :name as {name}.
func braces(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if name, ok := strings.CutPrefix(p, ":"); ok {
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/")
}

// colons writes {name} as :name.
func colons(path string) string { return strings.NewReplacer("{", ":", "}", "").Replace(path) }

// parameters lists the names in the path.
func (r *route) parameters() (out []string) {
	for _, p := range strings.Split(r.path, "/") {
		if name, ok := strings.CutPrefix(p, ":"); ok {
			out = append(out, name)
		}
	}
	return out
}
