package sqlerr

import "encoding/json"

// RenderJSON is an error as one JSON object, for programs.
func RenderJSON(err error) string {
	e := As(err)
	if e == nil {
		e = &Error{Code: CodeOf(err), Message: err.Error()}
	}
	out := struct {
		Code    Code   `json:"code"`
		Message string `json:"message"`
		File    string `json:"file,omitempty"`
		Line    int    `json:"line,omitempty"`
		Column  int    `json:"column,omitempty"`
		Text    string `json:"text,omitempty"`
		Hint    string `json:"hint,omitempty"`
	}{e.Code, e.Message, e.File, e.Pos.Line, e.Pos.Column, e.Line, e.Hint}
	b, jerr := json.Marshal(out)
	if jerr != nil {
		return `{"code":"XX000","message":"an error could not be encoded"}`
	}
	return string(b)
}
