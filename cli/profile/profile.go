package profile

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	httppprof "net/http/pprof"
	"os"
	"runtime/pprof"
	"time"

	"github.com/grafana/pyroscope-go"
)

// Config says what is asked for; empty fields ask for nothing.
type Config struct {
	File      string // the CPU profile of the whole run goes here
	Address   string // host:port on which /debug/pprof is served; :port is loopback
	Pyroscope string // URL of a Pyroscope server
	Version   string // of the product, a tag of what is pushed
}

// Profiling is what has been started.
type Profiling struct{ ends []func() error }

// Start starts what c asks for. Where one part cannot start, none goes on.
func Start(c Config) (*Profiling, error) {
	p := &Profiling{}
	for _, start := range []func(Config) (func() error, error){toFile, serve, push} {
		end, err := start(c)
		if err != nil {
			return nil, errors.Join(err, p.Stop())
		}
		if end != nil {
			p.ends = append(p.ends, end)
		}
	}
	return p, nil
}

// Stop ends everything; what was gathered has been written or sent.
func (p *Profiling) Stop() error {
	var err error
	for _, end := range p.ends {
		err = errors.Join(err, end())
	}
	p.ends = nil
	return err
}

func toFile(c Config) (func() error, error) {
	if c.File == "" {
		return nil, nil
	}
	f, err := os.Create(c.File)
	if err != nil {
		return nil, fmt.Errorf("write CPU profile: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(fmt.Errorf("write CPU profile: %w", err), f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}

// handshake is how long a client may take to send the head of a request.
const handshake = 10 * time.Second

func serve(c Config) (func() error, error) {
	if c.Address == "" {
		return nil, nil
	}
	host, port, err := net.SplitHostPort(c.Address)
	if err != nil {
		return nil, fmt.Errorf("serve profiles: %w", err)
	}
	if host == "" {
		host = "127.0.0.1" // profiles are for the machine's own users unless told otherwise
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("serve profiles: %w", err)
	}
	s := &http.Server{Handler: handler(), ReadHeaderTimeout: handshake}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	return func() error {
		err := s.Shutdown(context.Background())
		if served := <-done; !errors.Is(served, http.ErrServerClosed) {
			err = errors.Join(err, served)
		}
		return err
	}, nil
}

// handler is a mux of its own: what a library registers on the default one is not served.
func handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", httppprof.Index)
	mux.HandleFunc("/debug/pprof/profile", httppprof.Profile)
	mux.HandleFunc("/debug/pprof/trace", httppprof.Trace)
	mux.HandleFunc("/debug/pprof/symbol", httppprof.Symbol)
	mux.HandleFunc("/debug/pprof/cmdline", httppprof.Cmdline)
	return mux
}

func push(c Config) (func() error, error) {
	if c.Pyroscope == "" {
		return nil, nil
	}
	host, _ := os.Hostname() // only a tag
	p, err := pyroscope.Start(pyroscope.Config{
		ApplicationName: "weir",
		ServerAddress:   c.Pyroscope,
		Tags:            map[string]string{"hostname": host, "version": c.Version},
		DisableGCRuns:   true, // profiling must not change what it measures
		ProfileTypes: []pyroscope.ProfileType{
			pyroscope.ProfileCPU, pyroscope.ProfileAllocObjects, pyroscope.ProfileAllocSpace,
			pyroscope.ProfileInuseObjects, pyroscope.ProfileInuseSpace, pyroscope.ProfileGoroutines,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("push profiles: %w", err)
	}
	return p.Stop, nil
}
