package worker

import (
	"context"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"
)

// ServerConfig is what the job manager's side of the control plane is made of.
type ServerConfig struct {
	Address  string // to listen on
	Members  Members
	Release  string // of the program; task managers must have the same
	Token    string // that task managers must show; empty: none
	Leader   int64
	Interval time.Duration // of heartbeats
	Timeout  time.Duration // of silence, behind which a task manager is gone
	Secure   *tls.Config   // nil: plain
	Log      *slog.Logger
}

// Server takes task managers in.
type Server struct {
	config   ServerConfig
	listener net.Listener
	grpc     *grpc.Server
	wg       sync.WaitGroup

	mu       sync.Mutex
	sessions map[string]*session // by id of the task manager
}

// Serve opens the job manager's address.
func Serve(c ServerConfig) (*Server, error) {
	l, err := net.Listen("tcp", c.Address)
	if err != nil {
		return nil, fmt.Errorf("listen for task managers: %w", err)
	}
	options := []grpc.ServerOption{grpc.ForceServerCodec(codec{}), grpc.MaxRecvMsgSize(mostMessage), grpc.MaxSendMsgSize(mostMessage), grpc.WaitForHandlers(true)}
	if c.Secure != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(c.Secure)))
	}
	s := &Server{config: c, listener: l, grpc: grpc.NewServer(options...), sessions: map[string]*session{}}
	join := joinStream
	join.Handler = func(_ any, stream grpc.ServerStream) error { return s.join(stream) }
	s.grpc.RegisterService(&grpc.ServiceDesc{ServiceName: serviceName, HandlerType: (*any)(nil), Streams: []grpc.StreamDesc{join}}, s)
	s.wg.Go(func() {
		if err := s.grpc.Serve(l); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
			c.Log.Error("the job manager takes no task managers any more", "cause", err)
		}
	})
	return s, nil
}

// Addr is where task managers join.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close ends all connections.
func (s *Server) Close() {
	s.grpc.Stop()
	s.wg.Wait()
}

// join serves one task manager until it is gone.
func (s *Server) join(stream grpc.ServerStream) error {
	r, err := s.register(stream)
	if err != nil {
		return err
	}
	m := newSession(r, func(m *message) error { return stream.SendMsg(m) })
	m.post(kindWelcome, 0, welcomeBody{Leader: s.config.Leader, Interval: s.config.Interval.Milliseconds(), Timeout: s.config.Timeout.Milliseconds()})
	s.replace(m)
	if m.jobs, err = s.config.Members.Joined(m); err != nil {
		return status.Error(codes.FailedPrecondition, err.Error())
	}
	// They may hang in a stream whose other end has stopped, and end when this call has.
	s.wg.Go(m.write)
	s.wg.Go(func() { s.receive(stream, m) })
	s.wg.Go(func() { m.beat(s.config.Interval, s.config.Timeout) })
	<-m.gone
	s.config.Members.Left(m, m.cause())
	s.mu.Lock()
	if s.sessions[r.ID] == m {
		delete(s.sessions, r.ID)
	}
	s.mu.Unlock()
	return status.Error(codes.Aborted, m.cause().Error())
}

// receive takes messages until the stream ends. Whatever comes after the session
// has ended is of a task manager that counts as gone, and is not heard.
func (s *Server) receive(stream grpc.ServerStream, m *session) {
	for {
		in := &message{}
		if err := stream.RecvMsg(in); err != nil {
			m.end(errLeft)
			return
		}
		if m.cause() != nil {
			return
		}
		if err := m.take(in); err != nil {
			m.end(err)
			return
		}
	}
}

// replace ends the session of an earlier life of a task manager.
func (s *Server) replace(m *session) {
	s.mu.Lock()
	old := s.sessions[m.registration.ID]
	s.sessions[m.registration.ID] = m
	s.mu.Unlock()
	if old != nil {
		old.end(fmt.Errorf("%s has joined anew", old.name))
	}
}

// handshake is how long a connection may take to say who it is.
const handshake = 10 * time.Second

// register reads who joins, and refuses whom it cannot work with.
func (s *Server) register(stream grpc.ServerStream) (Registration, error) {
	first := make(chan *message, 1)
	go func() {
		m := &message{}
		if err := stream.RecvMsg(m); err != nil {
			m = nil
		}
		first <- m
	}()
	ctx, cancel := context.WithTimeout(stream.Context(), handshake)
	defer cancel()
	var b registerBody
	select {
	case m := <-first:
		if m == nil || m.kind != kindRegister || m.decode(&b) != nil {
			return b.Registration, status.Error(codes.InvalidArgument, "a task manager begins by saying who it is")
		}
	case <-ctx.Done():
		return b.Registration, status.Error(codes.DeadlineExceeded, "no registration came")
	}
	return b.Registration, s.refusal(&b)
}

// refusal is why a task manager cannot join; nil: it can.
func (s *Server) refusal(b *registerBody) error {
	switch {
	case subtle.ConstantTimeCompare([]byte(b.Token), []byte(s.config.Token)) != 1:
		return status.Error(codes.Unauthenticated, "the task manager's token is not the job manager's")
	case b.Protocol != protocolVersion:
		return status.Errorf(codes.FailedPrecondition, "the task manager speaks protocol %d, the job manager %d", b.Protocol, protocolVersion)
	case b.Release != s.config.Release:
		return status.Errorf(codes.FailedPrecondition, "the task manager is release %q, the job manager %q: a plan is run by the release that made it", b.Release, s.config.Release)
	case b.ID == "" || b.Slots < 1 || b.Data == "":
		return status.Errorf(codes.InvalidArgument, "task manager %q offers %d slots at %q", b.ID, b.Slots, b.Data)
	}
	return nil
}
