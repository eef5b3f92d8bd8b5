package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"

	"github.com/spf13/cobra"

	"github.com/weir-engine/weir/cli/gateway"
	"github.com/weir-engine/weir/cli/rest"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/exec/engine"
)

// logFlags say how a service logs. It logs to stderr.
type logFlags struct{ level, format string }

func (f *logFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.level, "log-level", "info", "what is logged: debug, info, warn or error")
	c.Flags().StringVar(&f.format, "log-format", "text", "text, or json: one object a line")
}

// logger is the log of a service.
func (a *app) logger(f *logFlags) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.level)); err != nil {
		return nil, usage("--log-level is debug, info, warn or error, not %q", f.level)
	}
	options := &slog.HandlerOptions{Level: level}
	switch f.format {
	case "text":
		return slog.New(slog.NewTextHandler(a.streams.Err, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(a.streams.Err, options)), nil
	}
	return nil, usage("--log-format is text or json, not %q", f.format)
}

// restFlags say where a job manager listens for people and tools.
type restFlags struct{ address string }

func (f *restFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.address, "rest-address", "", "host:port of REST and the SQL gateway; default: 127.0.0.1:8081 (rest.bind-address, rest.port); port 0: any, printed")
}

// serving is a REST server with a SQL gateway, over an engine.
type serving struct {
	gateway *gateway.Gateway
	end     context.CancelFunc
	ended   chan error
}

// serve begins to listen. local is the task manager of this process, or nil;
// shutdown is what DELETE /cluster does.
func (a *app) serve(f *restFlags, v option.Values, e *engine.Engine, local *rest.Local, log *slog.Logger, shutdown func()) (*serving, error) {
	own, _ := rest.Take(v)
	address, err := rest.Address(own)
	if err != nil {
		return nil, err
	}
	if f.address != "" {
		address = f.address
	}
	secure, err := rest.Secure(own)
	if err != nil {
		return nil, err
	}
	token := own.Text(rest.OptToken)
	if token == "" {
		token = os.Getenv(tokenVariable)
	}
	sessions := gateway.Config{Engine: e, Product: "weir", Version: a.version, Log: log}
	if err := sessions.Configure(own); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for REST: %w", err)
	}
	g := gateway.New(sessions)
	server := rest.NewServer(rest.Config{
		Jobs: e.Jobs(), Version: a.version, Options: v, Local: local, Token: token, TLS: secure,
		Dispose: engine.DisposeSavepoint, Shutdown: shutdown, Gateway: g.Handler(), Log: log,
	})
	scheme := "http"
	if secure != nil {
		scheme = "https"
	}
	log.Info("REST and SQL gateway are up", "url", scheme+"://"+l.Addr().String())
	if host, ok := l.Addr().(*net.TCPAddr); ok && !host.IP.IsLoopback() && token == "" {
		log.Warn("REST can be reached from other machines and asks for no token: set "+tokenVariable+" or "+rest.OptToken.Key, "address", l.Addr().String())
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &serving{gateway: g, end: cancel, ended: make(chan error, 1)}
	go func() { s.ended <- server.Run(ctx, l) }()
	return s, nil
}

// close answers what is under way and ends.
func (s *serving) close() error {
	s.end()
	err := <-s.ended
	s.gateway.Close()
	return err
}

// until waits for ctx, or for the server to fail.
func (s *serving) until(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.ended:
		s.ended <- err // close reads it again
		return errors.Join(errors.New("REST has ended"), err)
	}
}
