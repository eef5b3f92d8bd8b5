package worker

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"google.golang.org/grpc"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/checkpoint"
	"github.com/weir-engine/weir/io/connector"
)

// protocolVersion changes with the messages.
const protocolVersion = 2

// kind says what a message is. The list is append-only.
type kind uint8

const (
	kindRegister kind = iota // from the task manager, first of all: registerBody
	kindWelcome              // its answer: welcomeBody
	kindHeartbeat
	kindReply   // to a call: replyBody
	kindAbandon // the caller waits no more
	// To the task manager.
	kindDeploy  // a call: deployBody
	kindStart   // attemptBody
	kindRecover // a call: recoverBody
	kindTrigger // taskBody, like those that name a task below
	kindCompleted
	kindAborted
	kindAssignSplits
	kindRelease
	kindCancel    // attemptBody
	kindDismiss   // attemptBody
	kindTasks     // a call: attemptBody; []TaskStatus
	kindRowsTaken // attemptBody
	// To the job manager.
	kindTaskRunning
	kindAcknowledge
	kindDecline
	kindRequestSplits
	kindTaskEnded
	kindTaskClosed
	kindRows  // attemptBody, and a batch as exec/exchange has it
	kindDrain // to the task manager: taskBody
	kindDrop  // to the task manager: attemptBody
)

// message is what crosses a control connection:
//
//	kind:u8 0:u24 body:u32 call:u64  body, JSON  rows
type message struct {
	kind kind
	call uint64 // of a call, its reply and its end; else 0
	body []byte
	rows []byte
}

const messageHead = 16

type registerBody struct {
	Protocol int `json:"protocol"`
	Registration
}

type welcomeBody struct {
	Leader   int64 `json:"leader"`
	Interval int64 `json:"interval"` // of heartbeats, milliseconds
	Timeout  int64 `json:"timeout"`
}

type replyBody struct {
	Error  *wireError      `json:"error,omitempty"`
	Answer json.RawMessage `json:"answer,omitempty"`
}

type deployBody struct {
	Job        string          `json:"job"`
	Attempt    int             `json:"attempt"`
	Deployment json.RawMessage `json:"deployment"`
	Collects   bool            `json:"collects,omitempty"` // somebody takes the rows of a Collect
}

type attemptBody struct {
	Job     string     `json:"job"`
	Attempt int        `json:"attempt"`
	Cause   *wireError `json:"cause,omitempty"`
}

type recoverBody struct {
	Job          []byte                  `json:"job"`
	Attempt      int                     `json:"attempt"`
	Vertex       string                  `json:"vertex"`
	Op           string                  `json:"op"`
	Committables []connector.Committable `json:"committables,omitempty"`
}

// taskBody names a task; the kind of the message says what else counts.
type taskBody struct {
	ID         TaskID                   `json:"id"`
	Checkpoint int64                    `json:"checkpoint,omitempty"`
	Barrier    *stream.Barrier          `json:"barrier,omitempty"`
	Op         string                   `json:"op,omitempty"`
	Splits     []connector.Split        `json:"splits,omitempty"`
	Done       bool                     `json:"done,omitempty"`
	Epoch      int64                    `json:"epoch,omitempty"`
	State      *checkpoint.SubtaskState `json:"state,omitempty"`
	Waits      bool                     `json:"waits,omitempty"`
	Error      *wireError               `json:"error,omitempty"`
}

// decode reads a message's body.
func (m *message) decode(body any) error {
	if err := json.Unmarshal(m.body, body); err != nil {
		return fmt.Errorf("decode message of kind %d: %w", m.kind, err)
	}
	return nil
}

// codec is how gRPC turns messages into bytes.
type codec struct{}

func (codec) Name() string { return "weir" }

func (codec) Marshal(v any) ([]byte, error) {
	m, ok := v.(*message)
	if !ok {
		return nil, fmt.Errorf("encode %T: it is no message", v)
	}
	b := make([]byte, messageHead, messageHead+len(m.body)+len(m.rows))
	b[0] = byte(m.kind)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(m.body)))
	binary.LittleEndian.PutUint64(b[8:], m.call)
	return append(append(b, m.body...), m.rows...), nil
}

var errDamaged = errors.New("control message is damaged")

func (codec) Unmarshal(b []byte, v any) error {
	m, ok := v.(*message)
	if !ok {
		return fmt.Errorf("decode %T: it is no message", v)
	}
	if len(b) < messageHead {
		return errDamaged
	}
	body := uint64(binary.LittleEndian.Uint32(b[4:]))
	if body > uint64(len(b)-messageHead) {
		return errDamaged
	}
	*m = message{kind: kind(b[0]), call: binary.LittleEndian.Uint64(b[8:])}
	rest := append([]byte(nil), b[messageHead:]...) // gRPC takes its buffer back
	m.body, m.rows = rest[:body:body], rest[body:]
	return nil
}

// mostMessage bounds a message; a deployment carries the state of sources and sinks.
const mostMessage = 512 << 20

// joinStream is the one call of the service: both ends talk until one leaves.
var joinStream = grpc.StreamDesc{StreamName: "Join", ServerStreams: true, ClientStreams: true}

const (
	serviceName = "weir.Cluster"
	joinMethod  = "/" + serviceName + "/Join"
)
