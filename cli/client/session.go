package client

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/weir-engine/weir/cli/gateway/protocol"
)

// heartbeat keeps a session that waits for a person from timing out.
const heartbeat = time.Minute

// Session is a session of the cluster.
type Session struct {
	client *Client
	path   string
	end    context.CancelFunc // of the heartbeat
	beats  sync.WaitGroup
}

// Open opens a session with these options set.
func (c *Client) Open(ctx context.Context, options map[string]string) (*Session, error) {
	var made protocol.Session
	if err := c.Do(ctx, "POST", "/v4/sessions", protocol.OpenSession{SessionName: "weir", Properties: options}, &made); err != nil {
		return nil, err
	}
	if made.SessionHandle == "" {
		return nil, fmt.Errorf("open session: %s is no SQL gateway", c.base)
	}
	s := &Session{client: c, path: "/v4/sessions/" + made.SessionHandle}
	beat, end := context.WithCancel(context.WithoutCancel(ctx))
	s.end = end
	s.beats.Go(func() { s.beat(beat) })
	return s, nil
}

func (s *Session) beat(ctx context.Context) {
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_ = s.client.Do(ctx, "POST", s.path+"/heartbeat", nil, nil) // the next request tells what is wrong
		case <-ctx.Done():
			return
		}
	}
}

// Close closes the session, which ends what it runs.
func (s *Session) Close() error {
	s.end()
	s.beats.Wait()
	return s.client.Do(context.Background(), "DELETE", s.path, nil, nil)
}

// Execute runs a statement and waits until it is executed: until the rows of a
// query flow, or until an INSERT has run to its end where table.dml-sync asks for
// that. When ctx ends first, the statement is cancelled, and what it ran has ended
// when Execute returns.
func (s *Session) Execute(ctx context.Context, statement string) (*Result, error) {
	var made protocol.Operation
	if err := s.client.Do(ctx, "POST", s.path+"/statements", protocol.Statement{Statement: statement}, &made); err != nil {
		return nil, err
	}
	r := &Result{client: s.client, path: s.path + "/operations/" + made.OperationHandle}
	r.next = r.path + "/result/0?rowFormat=" + protocol.Rows
	for {
		f, err := r.fetch(ctx)
		if err != nil {
			if ctx.Err() != nil {
				r.cancel()
			}
			return nil, errors.Join(err, r.Close())
		}
		if f.ResultType != protocol.NotReady {
			return r, r.begin(f)
		}
	}
}
