package rest

import (
	"cmp"
	"net/http"
	"regexp"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/exec/job"
)

// flinkVersion is the release of Flink whose REST this is; tools ask for it to know what they talk to.
const flinkVersion = "2.3.0"

// DashboardConfig answers /config.
type DashboardConfig struct {
	Refresh  int64    `json:"refresh-interval"`
	Zone     string   `json:"timezone-name"`
	Offset   int64    `json:"timezone-offset"`
	Version  string   `json:"flink-version"`
	Revision string   `json:"flink-revision"`
	Features Features `json:"features"`
}

// Features is what a dashboard may offer.
type Features struct {
	Submit  bool `json:"web-submit"`
	Cancel  bool `json:"web-cancel"`
	Rescale bool `json:"web-rescale"`
	History bool `json:"web-history"`
}

func (s *Server) dashboard(*request) (*DashboardConfig, error) {
	zone, offset := time.UnixMilli(s.config.Clock()).Zone()
	if zone == "UTC" {
		zone = "Coordinated Universal Time"
	}
	return &DashboardConfig{
		Refresh: 3000, Zone: zone, Offset: int64(offset) * 1000, Version: flinkVersion, Revision: "weir " + s.config.Version,
		Features: Features{Cancel: true, Rescale: true},
	}, nil
}

// Overview answers /overview.
type Overview struct {
	TaskManagers int    `json:"taskmanagers"`
	Slots        int    `json:"slots-total"`
	Free         int    `json:"slots-available"`
	Running      int    `json:"jobs-running"`
	Finished     int    `json:"jobs-finished"`
	Cancelled    int    `json:"jobs-cancelled"`
	Failed       int    `json:"jobs-failed"`
	Version      string `json:"flink-version"`
	Commit       string `json:"flink-commit"`
}

func (s *Server) overview(*request) (*Overview, error) {
	out := &Overview{Version: flinkVersion, Commit: "weir " + s.config.Version}
	held := s.slots()
	for _, w := range s.config.Jobs.Workers() {
		out.TaskManagers++
		out.Slots += w.Slots
		out.Free += w.Slots - len(held[w.ID])
	}
	for _, j := range s.config.Jobs.Jobs() {
		switch j.Status().State {
		case job.Finished:
			out.Finished++
		case job.Canceled:
			out.Cancelled++
		case job.Failed:
			out.Failed++
		default:
			out.Running++
		}
	}
	return out, nil
}

func (s *Server) shutdown(*request) (*Empty, error) {
	if s.config.Shutdown == nil {
		return nil, refuse(http.StatusNotImplemented, "This server cannot be ended from outside.")
	}
	s.config.Shutdown()
	return &Empty{}, nil
}

// Option is one entry of a configuration.
type Option struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

func (s *Server) managerConfig(*request) ([]Option, error) {
	out := []Option{}
	for k, v := range redacted(s.config.Options) {
		out = append(out, Option{k, v})
	}
	slices.SortFunc(out, func(a, b Option) int { return cmp.Compare(a.Key, b.Key) })
	return out, nil
}

// secret tells keys whose values nobody is shown, by Flink's list and more.
var secret = regexp.MustCompile(`(?i)password|secret|token|apikey|api-key|auth-params|service-key|basic-auth|jaas\.config|credential|account\.key`)

func redacted(o option.Values) map[string]string {
	out := map[string]string{}
	for k, v := range o {
		switch {
		case k == "weir.now":
			continue // when the session planned it: the engine's own
		case secret.MatchString(k):
			v = "******"
		}
		out[k] = v
	}
	return out
}

// Environment answers /jobmanager/environment. What Java calls its machine is Go here.
type Environment struct {
	Machine   Machine  `json:"jvm"`
	Classpath []string `json:"classpath"`
}

// Machine is what the program runs on.
type Machine struct {
	Version string   `json:"version"`
	Arch    string   `json:"arch"`
	Options []string `json:"options"`
}

func (s *Server) environment(*request) (*Environment, error) {
	return &Environment{Machine{runtime.Version(), runtime.GOARCH, []string{}}, []string{}}, nil
}

func (s *Server) managerReadings() []reading {
	p := readProcess()
	out := p.readings()
	if s.config.Local != nil {
		out = nil // the task manager of this process tells that
	}
	o, _ := s.overview(nil) // it never fails
	return append(out, number("taskSlotsTotal", int64(o.Slots)), number("taskSlotsAvailable", int64(o.Free)),
		number("numRegisteredTaskManagers", int64(o.TaskManagers)), number("numRunningJobs", int64(o.Running)))
}

func (s *Server) managerMetrics(r *request) ([]Metric, error) {
	p := readProcess()
	all := s.managerReadings()
	if s.config.Local != nil {
		all = append(all, p.readings()...)
	}
	return listed(r, all), nil
}

func (s *Server) managerLogs(*request) (*Logs, error) { return &Logs{[]LogFile{}}, nil }

// Threads answers a thread dump: goroutines are what there is.
type Threads struct {
	Infos []Thread `json:"threadInfos"`
}

// Thread is one goroutine.
type Thread struct {
	Name  string `json:"threadName"`
	Stack string `json:"stringifiedThreadInfo"`
}

func (s *Server) managerThreads(*request) (*Threads, error) { return threads(), nil }

// threads lists the stacks of this process.
func threads() *Threads {
	var b strings.Builder
	out := &Threads{Infos: []Thread{}}
	if pprof.Lookup("goroutine").WriteTo(&b, 2) != nil {
		return out
	}
	for _, stack := range strings.Split(strings.TrimSpace(b.String()), "\n\n") {
		head, _, _ := strings.Cut(stack, " [")
		out.Infos = append(out.Infos, Thread{head, stack + "\n"})
	}
	return out
}

// jobManagerConfig is the same under a job's path, which must be there.
func (s *Server) jobManagerConfig(r *request) ([]Option, error) {
	if _, err := s.find(r); err != nil {
		return nil, err
	}
	return s.managerConfig(r)
}

func (s *Server) jobManagerEnvironment(r *request) (*Environment, error) {
	if _, err := s.find(r); err != nil {
		return nil, err
	}
	return s.environment(r)
}
