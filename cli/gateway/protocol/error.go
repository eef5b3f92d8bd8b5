package protocol

import (
	"errors"

	"github.com/weir-engine/weir/core/sqlerr"
)

// ErrorBody answers what failed. Detail is there for who asks for it by the header
// Accept: Flink's clients take no member that they do not know.
type ErrorBody struct {
	Errors []string `json:"errors"`
	Detail *Detail  `json:"detail,omitempty"`
}

// AcceptDetail is the media type that asks for it.
const AcceptDetail = "application/vnd.weir.detail+json"

// Detail is an error in parts, so that our client tells it as the embedded engine
// would.
type Detail struct {
	Code    sqlerr.Code `json:"code"`
	Message string      `json:"message"`
	Pos     sqlerr.Pos  `json:"pos"`
	Width   int         `json:"width,omitempty"`
	Hint    string      `json:"hint,omitempty"`
}

// DetailOf takes an error apart.
func DetailOf(err error) Detail {
	e := sqlerr.As(err)
	if e == nil {
		return Detail{Code: sqlerr.CodeOf(err), Message: err.Error()}
	}
	return Detail{Code: e.Code, Message: e.Message, Pos: e.Pos, Width: e.Width, Hint: e.Hint}
}

// Err puts it together again.
func (d *Detail) Err() error {
	if d.Message == "" {
		return errors.New("the server failed without saying why")
	}
	return &sqlerr.Error{Code: d.Code, Message: d.Message, Pos: d.Pos, Width: d.Width, Hint: d.Hint}
}
