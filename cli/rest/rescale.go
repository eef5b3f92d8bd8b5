package rest

import (
	"context"
	"net/http"
	"strconv"

	"github.com/weir-engine/weir/exec/job"
)

// rescaling is a parameter that PATCH …/rescaling needs.
var rescaling = parameter{name: "parallelism", kind: "integer", about: "what the job goes on with; all its vertices are rescaled together"}

func (s *Server) rescale(r *request) (*Triggered, error) {
	v, err := s.find(r)
	if err != nil {
		return nil, err
	}
	p, err := strconv.Atoi(r.URL.Query().Get(rescaling.name))
	if err != nil {
		return nil, badRequest("Bad request, could not parse parameters: query parameter (%s) is missing.", rescaling.name)
	}
	return s.rescaleTo(v, p)
}

func (s *Server) rescaleTo(v *view, parallelism int) (*Triggered, error) {
	if err := v.rescalable(parallelism); err != nil {
		return nil, err
	}
	return s.operations.start("rescaling of "+v.status.ID, "", func(ctx context.Context) (any, error) {
		return nil, v.job.Rescale(ctx, parallelism)
	})
}

// rescalable refuses what a job cannot become before anything is stopped for it.
func (v *view) rescalable(parallelism int) error {
	if most := v.graph.Config.MaxParallelism; parallelism < 1 || parallelism > most {
		return badRequest("The parallelism of job %s can be 1 to %d, not %d.", v.status.ID, most, parallelism)
	}
	if v.status.State != job.Running {
		return refuse(http.StatusConflict, "Job %s is not running (%s).", v.status.ID, v.status.State)
	}
	return v.takesCheckpoints()
}

func (s *Server) rescaleOutcome(r *request) (*Outcome, error) {
	op, err := s.operations.find("rescaling of "+r.PathValue("jobid"), r.PathValue("triggerid"))
	if err != nil {
		return nil, err
	}
	return op.bare(), nil
}

// Requirements answers and changes …/resource-requirements, by vertex.
type Requirements map[string]VertexRequirements

// VertexRequirements is what a vertex needs.
type VertexRequirements struct {
	Parallelism ParallelismBounds `json:"parallelism"`
}

// ParallelismBounds is between how many subtasks it may have.
type ParallelismBounds struct {
	Lower int `json:"lowerBound"`
	Upper int `json:"upperBound"`
}

func (s *Server) requirements(r *request) (Requirements, error) {
	v, err := s.find(r)
	if err != nil {
		return nil, err
	}
	out := Requirements{}
	for _, x := range v.graph.Vertices {
		out[vertexID(x.ID)] = VertexRequirements{ParallelismBounds{1, x.Parallelism}}
	}
	return out, nil
}

// require rescales the job to what all its vertices are allowed.
func (s *Server) require(r *request) (*Empty, error) {
	v, err := s.find(r)
	if err != nil {
		return nil, err
	}
	var body Requirements
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	to := 0
	for _, x := range v.graph.Vertices {
		want, ok := body[vertexID(x.ID)]
		switch b := want.Parallelism; {
		case !ok:
			return nil, badRequest("Vertex %s is missing: the request names every vertex of the job.", vertexID(x.ID))
		case b.Lower < 1 || b.Upper < b.Lower:
			return nil, badRequest("Vertex %s: 1 ≤ lowerBound ≤ upperBound does not hold for %d and %d.", vertexID(x.ID), b.Lower, b.Upper)
		case x.Parallelism != v.graph.Config.Parallelism: // such as one that must be alone
			if b.Lower > x.Parallelism {
				return nil, badRequest("Vertex %s runs in %d subtasks and in no other number.", vertexID(x.ID), x.Parallelism)
			}
		case to != 0 && to != b.Upper:
			return nil, badRequest("The vertices of a job are rescaled together: upperBound must be the same for all, not %d and %d.", to, b.Upper)
		default:
			to = b.Upper
		}
	}
	if len(body) != len(v.graph.Vertices) {
		return nil, badRequest("The request names vertices that job %s does not have.", v.status.ID)
	}
	if to == 0 || to == v.graph.Config.Parallelism {
		return &Empty{}, nil
	}
	_, err = s.rescaleTo(v, to)
	return &Empty{}, err
}
