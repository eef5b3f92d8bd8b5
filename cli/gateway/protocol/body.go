package protocol

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

// OpenSession is the request POST /sessions.
type OpenSession struct {
	SessionName string            `json:"sessionName,omitempty"`
	Properties  map[string]string `json:"properties,omitempty"`
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
	Statement        string            `json:"statement"`
	ExecutionTimeout int64             `json:"executionTimeout,omitempty"`
	ExecutionConfig  map[string]string `json:"executionConfig,omitempty"`
}

// Operation answers POST …/statements.
type Operation struct {
	OperationHandle string `json:"operationHandle"`
}

// Status answers what is asked of an operation, and DELETE of a session.
type Status struct {
	Status string `json:"status"`
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

// Fetch answers GET …/result/:token.
type Fetch struct {
	ResultType    string   `json:"resultType"`
	IsQueryResult bool     `json:"isQueryResult"`
	JobID         string   `json:"jobID"`
	ResultKind    string   `json:"resultKind"`
	Results       *Results `json:"results"`
	NextResultURI string   `json:"nextResultUri"`
}

// Results is a page of rows.
type Results struct {
	Columns   []Column `json:"columns"`
	RowFormat string   `json:"rowFormat"`
	Data      []Row    `json:"data"`

	// With the format Rows only: rows may carry kinds other than INSERT; the zone
	// of TIMESTAMP_LTZ as text.
	Changelog bool   `json:"changelog"`
	TimeZone  string `json:"timeZone"`
}

// Row is one row of the format Rows.
type Row struct {
	Kind string `json:"kind"`
	Row  []byte `json:"row"`
}

// Kinds are the names of row kinds, by stream.RowKind.
var Kinds = [...]string{"INSERT", "UPDATE_BEFORE", "UPDATE_AFTER", "DELETE"}
