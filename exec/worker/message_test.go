package worker

import (
	"errors"
	"fmt"
	"testing"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/io/connector"
)

func TestMessagesComeBack(t *testing.T) {
	for _, m := range []message{
		{kind: kindHeartbeat, body: []byte("{}")},
		{kind: kindRows, body: []byte(`{"job":"j"}`), rows: []byte("rows")},
		{kind: kindReply, call: 1 << 40, body: []byte("{}")},
	} {
		b, err := codec{}.Marshal(&m)
		if err != nil {
			t.Fatal(err)
		}
		got := message{}
		if err := (codec{}).Unmarshal(b, &got); err != nil {
			t.Fatal(err)
		}
		clear(b) // gRPC takes it back
		if got.kind != m.kind || got.call != m.call || string(got.body) != string(m.body) || string(got.rows) != string(m.rows) {
			t.Errorf("%+v came back as %+v", m, got)
		}
	}
}

func TestDamagedMessages(t *testing.T) {
	b, err := codec{}.Marshal(&message{kind: kindStart, body: []byte("{}")})
	if err != nil {
		t.Fatal(err)
	}
	for n := range b {
		if err := (codec{}).Unmarshal(b[:n], &message{}); !errors.Is(err, errDamaged) {
			t.Errorf("%d of %d bytes: %v", n, len(b), err)
		}
	}
}

func TestErrorsCross(t *testing.T) {
	user := sqlerr.New(sqlerr.DivisionByZero, sqlerr.Pos{Line: 3, Column: 7}, "division by zero").WithHint("do not")
	refused := &memory.RefusedError{Who: "join", Need: 10, Free: 1, Limit: 5}
	err := encodeError(fmt.Errorf("task a: %w", errors.Join(user, refused, connector.ErrLost))).decode()
	var gotRefused *memory.RefusedError
	if got := sqlerr.As(err); got == nil || *got != *user {
		t.Errorf("%+v", got)
	}
	if !errors.As(err, &gotRefused) || *gotRefused != *refused {
		t.Errorf("%+v", gotRefused)
	}
	if !errors.Is(err, connector.ErrLost) || errors.Is(encodeError(user).decode(), connector.ErrLost) {
		t.Error("what is lost, and only that, is lost")
	}
	if encodeError(nil).decode() != nil {
		t.Error("no error is none")
	}
}
