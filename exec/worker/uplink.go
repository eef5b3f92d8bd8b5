package worker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/weir-engine/weir/exec/checkpoint"
)

// Uplink is the job manager as a task manager in another process sees it. It goes
// on when a connection ends: everything here is cancelled, and it joins again.
type Uplink struct {
	config  UplinkConfig
	manager *Manager
	peer    atomic.Pointer[peer] // the connection there is; nil: none
	leader  int64                // the newest that was ever joined
}

// UplinkConfig is how a task manager joins.
type UplinkConfig struct {
	Address string // of the job manager
	// Registration is what is said there; the data address is filled in.
	Registration Registration
	// Patience is how long the job manager is looked for before Run gives up; 0: for ever.
	Patience time.Duration
	Secure   *tls.Config // nil: plain
	Log      *slog.Logger
}

var _ JobManager = (*Uplink)(nil)

// NewUplink makes the JobManager of a task manager's Config; Run connects it.
func NewUplink(c UplinkConfig) *Uplink { return &Uplink{config: c} }

// retry is the pause between two tries to join.
const retry = 500 * time.Millisecond

// Run keeps m joined until ctx is done, or the job manager refuses it.
func (u *Uplink) Run(ctx context.Context, m *Manager) error {
	u.manager = m
	missing := time.Now() // since when there is no job manager
	for {
		joined, err := u.join(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case refused(err):
			return fmt.Errorf("join job manager %s: %w", u.config.Address, plain(err))
		case joined:
			missing = time.Now()
		case u.config.Patience > 0 && time.Since(missing) > u.config.Patience:
			return fmt.Errorf("join job manager %s: it was not there for %v: %w", u.config.Address, u.config.Patience, plain(err))
		}
		if joined {
			u.config.Log.Warn("the job manager is lost", "address", u.config.Address, "cause", plain(err))
		}
		select {
		case <-time.After(retry):
		case <-ctx.Done():
			return nil
		}
	}
}

// refused reports that trying again would give the same answer.
func refused(err error) bool {
	switch status.Code(err) {
	case codes.Unauthenticated, codes.FailedPrecondition, codes.InvalidArgument, codes.Unimplemented:
		return true
	}
	return false
}

// plain is an error without gRPC's words around it.
func plain(err error) error {
	if s, ok := status.FromError(err); ok && err != nil {
		return errors.New(s.Message())
	}
	return err
}

// join connects once and serves the job manager until the connection ends.
func (u *Uplink) join(ctx context.Context) (joined bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	transport := insecure.NewCredentials()
	if u.config.Secure != nil {
		transport = credentials.NewTLS(u.config.Secure)
	}
	conn, err := grpc.NewClient("passthrough:///"+u.config.Address, grpc.WithTransportCredentials(transport), grpc.WithNoProxy(),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(codec{}), grpc.MaxCallRecvMsgSize(mostMessage), grpc.MaxCallSendMsgSize(mostMessage)))
	if err != nil {
		return false, err
	}
	defer func() { _ = conn.Close() }() // the stream's end says what there is to say
	stream, err := conn.NewStream(ctx, &joinStream, joinMethod)
	if err != nil {
		return false, err
	}
	return u.serve(stream, cancel)
}

// serve registers, and does what the job manager says.
func (u *Uplink) serve(stream grpc.ClientStream, cancel context.CancelFunc) (joined bool, err error) {
	p := newPeer("the job manager", func(m *message) error { return stream.SendMsg(m) })
	r := u.config.Registration
	if r.Data, err = u.dataAddress(); err != nil {
		return false, err
	}
	p.post(kindRegister, 0, registerBody{protocolVersion, r})
	var wg sync.WaitGroup
	wg.Go(p.write)
	defer func() { cancel(); wg.Wait() }()
	defer p.end(errLeft)
	w, err := welcome(stream)
	if err != nil {
		return false, err
	}
	if w.Leader < u.leader {
		return false, fmt.Errorf("the job manager there is an older leader (%d) than one before (%d)", w.Leader, u.leader)
	}
	u.leader = w.Leader
	u.config.Log.Info("joined the job manager", "address", u.config.Address)
	p.hear()
	wg.Go(func() { p.beat(time.Duration(w.Interval)*time.Millisecond, time.Duration(w.Timeout)*time.Millisecond) })
	wg.Go(func() { <-p.gone; cancel() })
	u.peer.Store(p)
	err = newOrders(u.manager, p).obey(stream)
	p.end(err)
	u.manager.CancelAll(&goneError{p.name, plain(p.cause())})
	return true, p.cause()
}

// dataAddress is where the other task managers reach this one. One that listens on
// all addresses names the one by which it reaches the job manager.
func (u *Uplink) dataAddress() (string, error) {
	at, err := u.manager.DataAddress()
	if err != nil {
		return "", err
	}
	host, port, err := net.SplitHostPort(at)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsUnspecified() {
		return at, err
	}
	c, err := net.Dial("udp", u.config.Address) // which sends nothing
	if err != nil {
		return "", fmt.Errorf("find the address of this machine: %w", err)
	}
	defer c.Close()
	host, _, err = net.SplitHostPort(c.LocalAddr().String())
	return net.JoinHostPort(host, port), err
}

func welcome(stream grpc.ClientStream) (w welcomeBody, err error) {
	m := &message{}
	if err := stream.RecvMsg(m); err != nil {
		return w, err
	}
	if m.kind != kindWelcome {
		return w, errDamaged
	}
	return w, m.decode(&w)
}

// say posts what a task says to the job manager that it belongs to.
func (u *Uplink) say(k kind, b taskBody) {
	if p := u.peer.Load(); p != nil {
		p.post(k, 0, b)
	}
}

// TaskRunning says that a task has opened its operators.
func (u *Uplink) TaskRunning(id TaskID) { u.say(kindTaskRunning, taskBody{ID: id}) }

// Acknowledge tells what a task captured.
func (u *Uplink) Acknowledge(id TaskID, cp int64, s checkpoint.SubtaskState) {
	u.say(kindAcknowledge, taskBody{ID: id, Checkpoint: cp, State: &s})
}

// Decline says that a task cannot take part in a checkpoint.
func (u *Uplink) Decline(id TaskID, cp int64, reason error) {
	u.say(kindDecline, taskBody{ID: id, Checkpoint: cp, Error: encodeError(reason)})
}

// RequestSplits says that a source has nothing to read.
func (u *Uplink) RequestSplits(id TaskID, op string) {
	u.say(kindRequestSplits, taskBody{ID: id, Op: op})
}

// TaskEnded says that a task has sent all its output.
func (u *Uplink) TaskEnded(id TaskID, waits bool) {
	u.say(kindTaskEnded, taskBody{ID: id, Waits: waits})
}

// TaskClosed is a task's last word.
func (u *Uplink) TaskClosed(id TaskID, err error) {
	u.say(kindTaskClosed, taskBody{ID: id, Error: encodeError(err)})
}
