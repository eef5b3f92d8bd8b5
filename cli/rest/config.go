package rest

import (
	"crypto/tls"
	"log/slog"
	"net/http"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/exec/job"
)

// Jobs is the job manager as this package needs it; job.Manager is one.
type Jobs interface {
	Jobs() []*job.Job
	Job(id string) *job.Job
	Workers() []*job.Worker
}

// Config is what a server is made of.
type Config struct {
	Jobs    Jobs
	Version string        // of the product
	Options option.Values // that the process was started with, for /jobmanager/config
	// Local is what runs in this process beside the job manager; nil: nothing does.
	Local *Local
	// Token is asked of every request as a bearer token; empty: nobody is asked.
	Token string
	TLS   *tls.Config // nil: plain HTTP
	// Dispose removes a savepoint by its path.
	Dispose func(path string) error
	// Shutdown is called by DELETE /cluster.
	Shutdown func()
	// Gateway answers what Flink's SQL gateway answers, on the same address; nil: nothing does.
	Gateway http.Handler
	Clock   func() int64 // milliseconds; nil: the system's
	Log     *slog.Logger // nil: discarded
}

// Local is the task manager of this process.
type Local struct {
	Worker  string          // its id among Jobs.Workers
	Memory  *memory.Manager // its pages
	Promise int64           // bytes of the whole process
}
