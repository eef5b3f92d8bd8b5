package rest

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/weir-engine/weir/core/sqlerr"
)

// Failure is an answer that is none: Flink's form of an error.
type Failure struct {
	Errors []string `json:"errors"`
}

// refusal is a request that is answered with a status of its own.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

func refuse(status int, format string, args ...any) error {
	return &refusal{status, fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) error {
	return refuse(http.StatusNotFound, format, args...)
}

func badRequest(format string, args ...any) error {
	return refuse(http.StatusBadRequest, format, args...)
}

// statusOf is the HTTP status of an error.
func statusOf(err error) int {
	var r *refusal
	if errors.As(err, &r) {
		return r.status
	}
	switch sqlerr.CodeOf(err) {
	case sqlerr.FeatureNotSupported:
		return http.StatusNotImplemented
	case sqlerr.InvalidOption, sqlerr.BadInput, sqlerr.Syntax:
		return http.StatusBadRequest
	case sqlerr.InsufficientMemory:
		return http.StatusConflict
	}
	return http.StatusInternalServerError
}

// textOf is an error for a reader far away, with its hint.
func textOf(err error) string {
	if e := sqlerr.As(err); e != nil && e.Hint != "" {
		return err.Error() + " (" + e.Hint + ")"
	}
	return err.Error()
}

// className is what stands where Flink names a class of Java's: the SQLSTATE, by
// which errors are classed here.
func className(err error) string { return "weir.SQLState" + string(sqlerr.CodeOf(err)) }
