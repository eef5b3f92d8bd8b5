package rest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/weir-engine/weir/cli/gateway"
)

// schema is a part of the document. Maps are written with sorted keys, so the
// same table makes the same document.
type schema map[string]any

// Document is the OpenAPI document of a release.
func Document(version string) []byte { return document(table(), version) }

// document describes routes in OpenAPI 3.
func document(routes []route, version string) []byte {
	d := &describer{schemas: schema{}}
	paths := schema{}
	for _, r := range slices.Concat(routes, gatewayRoutes()) {
		p := braces(r.path)
		if paths[p] == nil {
			paths[p] = schema{}
		}
		paths[p].(schema)[strings.ToLower(r.method)] = d.operation(&r)
	}
	for _, g := range gateway.Routes { // it passes over members of a body that it does not know, as Flink's does
		if g.Body != nil && d.schemas[g.Body.Name()] != nil {
			d.schemas[g.Body.Name()].(schema)["additionalProperties"] = true
		}
	}
	out, err := json.MarshalIndent(schema{
		"openapi": "3.0.3",
		"info": schema{
			"title": "weir REST", "version": version, "license": schema{"name": "Apache-2.0"},
			"description": "The JobManager's REST and a SQL gateway, with the paths and answers of Flink " + flinkVersion + ". Every path is there under /v1 too, and those of the gateway up to /v4, which a path without a version means.",
		},
		"paths":      paths,
		"components": schema{"schemas": d.schemas, "securitySchemes": schema{"token": schema{"type": "http", "scheme": "bearer"}}},
		"security":   []schema{{}, {"token": []string{}}},
	}, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("OpenAPI document: %v", err)) // it is made of strings alone
	}
	return append(out, '\n')
}

// gatewayRoutes are those of the SQL gateway, to be described. The body that a GET of
// its protocol has is none that OpenAPI knows.
func gatewayRoutes() (out []route) {
	for _, g := range gateway.Routes {
		r := route{method: g.Method, path: colons(g.Path), summary: g.Summary, status: http.StatusOK, answer: g.Answer, optional: g.Path == "/sessions"}
		if g.Method != http.MethodGet {
			r.body = g.Body
		}
		if strings.HasSuffix(g.Path, "/{token}") {
			r.query = []parameter{{name: "rowFormat", kind: "string", about: "How values are written: JSON or PLAIN_TEXT."}}
		}
		out = append(out, r)
	}
	return out
}

// describer gathers the schemas of the types that it has met.
type describer struct {
	schemas schema
	body    bool // of a request: what may be left out may be null, as Java writes it
}

// failures are the statuses that any route may answer with; what only some do is added to them.
func (r *route) failures() []int {
	out := []int{http.StatusUnauthorized, http.StatusInternalServerError}
	if r.status == http.StatusNotImplemented {
		return append(out, http.StatusBadRequest, http.StatusForbidden, http.StatusRequestEntityTooLarge)
	}
	if len(r.parameters()) > 0 {
		out = append(out, http.StatusNotFound)
	}
	if len(r.parameters())+len(r.query) > 0 || r.body != nil {
		out = append(out, http.StatusBadRequest)
	}
	if r.method != http.MethodGet {
		out = append(out, http.StatusForbidden, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusNotImplemented, http.StatusServiceUnavailable)
	}
	if strings.HasSuffix(r.path, "/thread-dump") {
		out = append(out, http.StatusNotImplemented)
	}
	return out
}

func (d *describer) operation(r *route) schema {
	responses := schema{}
	failure := d.of(reflect.TypeFor[Failure]())
	for _, code := range r.failures() {
		responses[fmt.Sprint(code)] = schema{"description": http.StatusText(code), "content": jsonContent(failure)}
	}
	switch good := fmt.Sprint(r.status); {
	case r.status == http.StatusNotImplemented:
		responses[good] = schema{"description": "Not supported", "content": jsonContent(failure)}
	case r.answer == nil:
		kind := schema{"type": "string"}
		media, _, _ := strings.Cut(r.text, ";")
		if media == "application/json" {
			kind = schema{"type": "object", "additionalProperties": true}
		}
		responses[good] = schema{"description": "OK", "content": schema{media: schema{"schema": kind}}}
	default:
		responses[good] = schema{"description": http.StatusText(r.status), "content": jsonContent(d.of(r.answer))}
	}
	op := schema{"summary": r.summary, "operationId": operationID(r), "responses": responses}
	if p := d.parameters(r); len(p) > 0 {
		op["parameters"] = p
	}
	if r.body != nil {
		d.body = true
		op["requestBody"] = schema{"required": !r.optional, "content": jsonContent(d.of(r.body))}
		d.body = false
	}
	return op
}

func jsonContent(s schema) schema { return schema{"application/json": schema{"schema": s}} }

// operationID names a route in one word.
func operationID(r *route) string {
	words := strings.FieldsFunc(r.path, func(c rune) bool { return c == '/' || c == ':' || c == '-' || c == '.' })
	return strings.ToLower(r.method) + "_" + strings.Join(words, "_")
}

func (d *describer) parameters(r *route) (out []schema) {
	for _, name := range r.parameters() {
		s := schema{"type": "string", "minLength": 1}
		if f := forms[name]; f != nil {
			s["pattern"] = f.String()
			delete(s, "minLength")
		}
		out = append(out, schema{"name": name, "in": "path", "required": true, "schema": s})
	}
	for _, p := range r.query {
		s := schema{"type": p.kind}
		if p.kind == "integer" {
			s["format"] = "int32"
		}
		if p.form != nil {
			s["pattern"] = p.form.String()
		}
		out = append(out, schema{"name": p.name, "in": "query", "required": false, "description": p.about, "schema": s})
	}
	return out
}

var doubleType = reflect.TypeFor[Double]()

// of is the schema of a type; structs become components.
func (d *describer) of(t reflect.Type) schema {
	if t == doubleType {
		return schema{"oneOf": []schema{{"type": "number"}, {"type": "string", "enum": []string{"NaN"}}}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return d.of(t.Elem())
	case reflect.String:
		return schema{"type": "string"}
	case reflect.Bool:
		return schema{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return schema{"type": "integer", "format": "int64"}
	case reflect.Slice:
		return schema{"type": "array", "items": d.of(t.Elem())}
	case reflect.Map:
		return schema{"type": "object", "additionalProperties": d.of(t.Elem())}
	case reflect.Interface:
		return schema{}
	case reflect.Struct:
		if _, ok := d.schemas[t.Name()]; !ok {
			d.schemas[t.Name()] = schema{} // it may contain itself
			d.schemas[t.Name()] = d.object(t)
		}
		return schema{"$ref": "#/components/schemas/" + t.Name()}
	}
	panic("no schema for " + t.String())
}

func (d *describer) object(t reflect.Type) schema {
	properties, required := schema{}, []string{}
	d.fields(t, properties, &required)
	out := schema{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}

func nullable(list []string) (out []any) {
	for _, x := range list {
		out = append(out, x)
	}
	return out
}

// fields adds those of a struct and of what it embeds. One that may be left out
// is not required; a pointer that is always there may be null.
func (d *describer) fields(t reflect.Type, properties schema, required *[]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			d.fields(f.Type, properties, required)
			continue
		}
		name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
		s := d.of(f.Type)
		if choices := f.Tag.Get("enum"); choices != "" {
			s["enum"] = strings.Split(choices, ",")
		}
		if strings.Contains(rest, "omitempty") {
			if d.body {
				s["nullable"] = true
				if list, ok := s["enum"].([]string); ok {
					s["enum"] = append(nullable(list), nil)
				}
			}
			properties[name] = s
			continue
		}
		*required = append(*required, name)
		if f.Type.Kind() == reflect.Pointer {
			if s["$ref"] != nil {
				s = schema{"type": "object", "allOf": []schema{s}}
			}
			s["nullable"] = true
		}
		properties[name] = s
	}
}
