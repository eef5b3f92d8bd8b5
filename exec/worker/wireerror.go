package worker

import (
	"errors"
	"fmt"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/exec/exchange"
	"github.com/weir-engine/weir/io/connector"
)

// wireError is an error in another process: its text, and what callers branch on.
type wireError struct {
	Text    string               `json:"text"`
	Code    sqlerr.Code          `json:"code"`
	User    *userError           `json:"user,omitempty"`
	Refused *memory.RefusedError `json:"refused,omitempty"`
	Lost    bool                 `json:"lost,omitempty"`   // connector.ErrLost
	Output  *exchange.OutputID   `json:"output,omitempty"` // of an exchange.LostError
}

// userError is an *sqlerr.Error without its cause.
type userError struct {
	Code    sqlerr.Code `json:"code"`
	Message string      `json:"message"`
	Pos     sqlerr.Pos  `json:"pos"`
	Width   int         `json:"width,omitempty"`
	File    string      `json:"file,omitempty"`
	Line    string      `json:"line,omitempty"`
	Hint    string      `json:"hint,omitempty"`
}

// encodeError makes an error cross; nil stays nil.
func encodeError(err error) *wireError {
	if err == nil {
		return nil
	}
	w := &wireError{Text: err.Error(), Code: sqlerr.CodeOf(err), Lost: errors.Is(err, connector.ErrLost)}
	if e := sqlerr.As(err); e != nil {
		w.User = &userError{Code: e.Code, Message: e.Message, Pos: e.Pos, Width: e.Width, File: e.File, Line: e.Line, Hint: e.Hint}
	}
	errors.As(err, &w.Refused)
	var lost *exchange.LostError
	if errors.As(err, &lost) {
		w.Output = &lost.Output
	}
	return w
}

// decode is the error as callers here know it; nil stays nil.
func (w *wireError) decode() error {
	if w == nil {
		return nil
	}
	e := &remoteError{text: w.Text, code: w.Code}
	if u := w.User; u != nil {
		e.causes = append(e.causes, &sqlerr.Error{Code: u.Code, Message: u.Message, Pos: u.Pos, Width: u.Width, File: u.File, Line: u.Line, Hint: u.Hint})
	}
	if w.Refused != nil {
		e.causes = append(e.causes, w.Refused)
	}
	if w.Lost {
		e.causes = append(e.causes, connector.ErrLost)
	}
	if w.Output != nil {
		e.causes = append(e.causes, &exchange.LostError{Output: *w.Output, Cause: errors.New(w.Text)})
	}
	return e
}

// remoteError is an error that came over a connection.
type remoteError struct {
	text   string
	code   sqlerr.Code
	causes []error
}

func (e *remoteError) Error() string { return e.text }

// SQLState is the code that the error had where it came from.
func (e *remoteError) SQLState() sqlerr.Code { return e.code }

// Unwrap gives what callers branch on.
func (e *remoteError) Unwrap() []error { return e.causes }

// goneError says that a process of the cluster is gone.
type goneError struct {
	name  string
	cause error
}

func (e *goneError) Error() string         { return fmt.Sprintf("%s is gone: %v", e.name, e.cause) }
func (e *goneError) Unwrap() error         { return e.cause }
func (e *goneError) SQLState() sqlerr.Code { return sqlerr.ConnectionFailure }
