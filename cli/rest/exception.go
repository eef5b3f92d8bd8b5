package rest

import (
	"slices"
	"strconv"
)

// Exceptions answers /jobs/:jobid/exceptions.
type Exceptions struct {
	History ExceptionHistory `json:"exceptionHistory"`
}

// ExceptionHistory is the failed attempts, the last first.
type ExceptionHistory struct {
	Entries   []Exception `json:"entries"`
	Truncated bool        `json:"truncated"`
}

// Exception is one failure; what stands last only where it was a task's.
type Exception struct {
	Name       string            `json:"exceptionName"`
	Trace      string            `json:"stacktrace"`
	At         int64             `json:"timestamp"`
	Labels     map[string]string `json:"failureLabels"`
	Task       *string           `json:"taskName"`
	Endpoint   *string           `json:"endpoint"`
	Manager    *string           `json:"taskManagerId"`
	Concurrent []Exception       `json:"concurrentExceptions"`
}

// exceptionLimit bounds the answer, as Flink's does.
const exceptionLimit = 20

var maxExceptions = parameter{name: "maxExceptions", kind: "integer", about: "how many failures are told of"}

func (s *Server) exceptions(r *request) (*Exceptions, error) {
	v, err := s.find(r)
	if err != nil {
		return nil, err
	}
	limit := exceptionLimit
	if n, err := strconv.Atoi(r.URL.Query().Get(maxExceptions.name)); err == nil && n > 0 {
		limit = n
	}
	out := &Exceptions{ExceptionHistory{Entries: []Exception{}}}
	for _, f := range slices.Backward(v.history.Failures) {
		if len(out.History.Entries) == limit {
			out.History.Truncated = true
			break
		}
		e := Exception{Name: className(f.Err), Trace: textOf(f.Err), At: f.At, Labels: map[string]string{}, Concurrent: []Exception{}}
		if f.Task != nil {
			e.Task = &f.Name
			for _, t := range v.tasks[f.Task.Vertex] {
				if t.ID == *f.Task {
					where, manager := v.endpoint(&t), v.taskManager(&t)
					e.Endpoint, e.Manager = &where, &manager
				}
			}
		}
		out.History.Entries = append(out.History.Entries, e)
	}
	return out, nil
}
