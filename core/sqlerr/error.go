package sqlerr

import (
	"errors"
	"fmt"
	"strings"
)

// Code is a five-character SQLSTATE.
type Code string

// The codes in use, named as the SQL standard and PostgreSQL name their conditions.
const (
	Syntax              Code = "42601"
	UndefinedTable      Code = "42P01"
	UndefinedColumn     Code = "42703"
	UndefinedFunction   Code = "42883"
	UndefinedObject     Code = "42704"
	AmbiguousColumn     Code = "42702"
	DuplicateObject     Code = "42710"
	DuplicateTable      Code = "42P07"
	DuplicateColumn     Code = "42701"
	DatatypeMismatch    Code = "42804"
	InvalidDefinition   Code = "42P16"
	InvalidOption       Code = "42P17"
	Grouping            Code = "42803"
	Windowing           Code = "42P20"
	CannotCoerce        Code = "42846"
	FeatureNotSupported Code = "0A000"
	Cardinality         Code = "21000"
	DivisionByZero      Code = "22012"
	InvalidText         Code = "22P02"
	InvalidDatetime     Code = "22007"
	NumericOutOfRange   Code = "22003"
	NotNullViolation    Code = "23502"
	BadInput            Code = "22023"
	ConnectorFailure    Code = "58030"
	UndefinedFile       Code = "58P01"
	InsufficientMemory  Code = "53200"
	DiskFull            Code = "53100"
	Canceled            Code = "57014"
	ConnectionFailure   Code = "08006"
	Unauthorized        Code = "28000"
	Internal            Code = "XX000"
)

// Pos is a place in a text: byte offset from 0, line and column from 1 (columns
// count code points). The zero Pos means "nowhere in particular".
type Pos struct {
	Offset int `json:"offset,omitempty"`
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
}

// IsValid reports whether p names a place.
func (p Pos) IsValid() bool { return p.Line > 0 }

// Error is what a user is told.
type Error struct {
	Code    Code
	Message string
	Pos     Pos    // place of the offending text; invalid where there is none
	Width   int    // code points the caret underlines; 0 counts as 1
	File    string // where the text came from; empty for -e and stdin
	Line    string // text of the line Pos points into; filled by WithText
	Hint    string // how to mend it; empty where nothing useful can be said
	Cause   error
}

// New makes an Error at a place.
func New(code Code, pos Pos, format string, args ...any) *Error {
	return &Error{Code: code, Pos: pos, Message: fmt.Sprintf(format, args...)}
}

// Newf makes an Error that has no place in a text.
func Newf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap makes an Error of a cause; errors.Is and errors.As see through it.
func Wrap(code Code, cause error, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...) + ": " + cause.Error(), Cause: cause}
}

// WithHint sets the hint and returns e.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// WithText fills File and Line from the text that Pos points into, unless they are already known.
func (e *Error) WithText(file, text string) *Error {
	if e.File == "" {
		e.File = file
	}
	if e.Line == "" && e.Pos.IsValid() {
		lines := strings.Split(text, "\n")
		if e.Pos.Line <= len(lines) {
			e.Line = strings.TrimRight(lines[e.Pos.Line-1], "\r")
		}
	}
	return e
}

func (e *Error) Error() string {
	if e.Pos.IsValid() {
		return fmt.Sprintf("%s (line %d, column %d)", e.Message, e.Pos.Line, e.Pos.Column)
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Cause }

// Unsupported names a construct that parses but is refused.
func Unsupported(pos Pos, construct string) *Error {
	return New(FeatureNotSupported, pos, "%s is not supported", construct)
}

// CodeOf is the code of err: of the *Error inside, else what the error that
// knows its code by itself says, else Internal.
func CodeOf(err error) Code {
	if e := As(err); e != nil {
		return e.Code
	}
	var coded interface{ SQLState() Code }
	if errors.As(err, &coded) {
		return coded.SQLState()
	}
	return Internal
}

// As finds the *Error inside err, or nil.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}
