package protocol

import (
	"encoding/json"
	"fmt"
)

// The results of a fetch.
const (
	NotReady = "NOT_READY" // the statement is not executed yet
	Payload  = "PAYLOAD"   // rows, maybe none, and nextResultUri
	EOS      = "EOS"       // no rows will follow
)

// The statuses of an operation.
const (
	StatusRunning  = "RUNNING"
	StatusFinished = "FINISHED" // its result can be fetched
	StatusCanceled = "CANCELED"
	StatusError    = "ERROR"
	StatusClosed   = "CLOSED"
)

// What a result is.
const (
	Success            = "SUCCESS"              // OK
	SuccessWithContent = "SUCCESS_WITH_CONTENT" // rows
)

// The formats of rows.
const (
	JSON      = "JSON"
	PlainText = "PLAIN_TEXT" // each value as CAST to STRING shows it
	Rows      = "ROWS"       // ours: each row as state/rowcodec writes it, in base64
)

// Info answers GET /info.
type Info struct {
	ProductName string `json:"productName"`
	Version     string `json:"version"`
}

// APIVersions answers GET /api_versions.
type APIVersions struct {
	Versions []string `json:"versions"`
}

// Properties are options by key.
type Properties map[string]string

// UnmarshalJSON refuses null, which would pass for the empty string.
func (p *Properties) UnmarshalJSON(text []byte) error {
	var all map[string]*string
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	*p = Properties{}
	for k, v := range all {
		if v == nil {
			return fmt.Errorf("property '%s' is null", k)
		}
		(*p)[k] = *v
	}
	return nil
}

// OpenSession is the request POST /sessions.
type OpenSession struct {
	SessionName string     `json:"sessionName,omitempty"`
	Properties  Properties `json:"properties,omitempty"`
}

// Session answers it.
type Session struct {
	SessionHandle string `json:"sessionHandle"`
}

// SessionConfig answers GET /sessions/:s.
type SessionConfig struct {
	Properties map[string]string `json:"properties"`
}

// Statement is the request POST …/statements, and POST …/configure-session.
type Statement struct {
	Statement        string     `json:"statement"`
	ExecutionTimeout int64      `json:"executionTimeout,omitempty"`
	ExecutionConfig  Properties `json:"executionConfig,omitempty"`
}

// Operation answers POST …/statements.
type Operation struct {
	OperationHandle string `json:"operationHandle"`
}

// Status answers what is asked of an operation, and DELETE of a session.
type Status struct {
	Status string `json:"status" enum:"RUNNING,FINISHED,CANCELED,ERROR,CLOSED"`
}

// CompleteStatement is the request GET …/complete-statement.
type CompleteStatement struct {
	Statement string `json:"statement"`
	Position  int    `json:"position"`
}

// Candidates answers it.
type Candidates struct {
	Candidates []string `json:"candidates"`
}

// Empty answers what has no answer.
type Empty struct{}

// Fetch answers GET …/result/:token. While the statement executes it has no results.
type Fetch struct {
	ResultType    string   `json:"resultType" enum:"NOT_READY,PAYLOAD,EOS"`
	IsQueryResult bool     `json:"isQueryResult,omitempty"`
	JobID         string   `json:"jobID,omitempty"`
	ResultKind    string   `json:"resultKind,omitempty" enum:"SUCCESS,SUCCESS_WITH_CONTENT"`
	Results       *Results `json:"results,omitempty"`
	NextResultURI string   `json:"nextResultUri,omitempty"`
}

// Results is a page of rows.
type Results struct {
	Columns   []Column `json:"columns"`
	RowFormat string   `json:"rowFormat" enum:"JSON,PLAIN_TEXT,ROWS"`
	Data      []Row    `json:"data"`

	// With the format Rows only: rows may carry kinds other than INSERT; the zone
	// of TIMESTAMP_LTZ as text.
	Changelog bool   `json:"changelog,omitempty"`
	TimeZone  string `json:"timeZone,omitempty"`
}

// Row is one row: its fields, or with the format Rows its bytes in base64.
type Row struct {
	Kind   string `json:"kind" enum:"INSERT,UPDATE_BEFORE,UPDATE_AFTER,DELETE"`
	Fields []any  `json:"fields,omitempty"`
	Row    string `json:"row,omitempty"`
}

// Kinds are the names of row kinds, by stream.RowKind.
var Kinds = [...]string{"INSERT", "UPDATE_BEFORE", "UPDATE_AFTER", "DELETE"}
