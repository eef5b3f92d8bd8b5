package engine

import (
	"github.com/weir-engine/weir/core/plan/implement"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/plan/rule"
)

// streaming decides the mode of a statement: as the session says, or by its sources.
func (s *Session) streaming(root logical.Node) (bool, error) {
	mode, err := s.options.Enum(OptMode)
	if err != nil {
		return false, err
	}
	switch mode {
	case "streaming":
		return true, nil
	case "batch":
		return false, checkBounded(root)
	}
	return checkBounded(root) != nil, nil
}

// plans optimises bound statements of one job and chooses their algorithms.
func (s *Session) plans(roots []logical.Node, streaming bool) ([]*physical.Node, error) {
	config, err := s.jobConfig(streaming)
	if err != nil {
		return nil, err
	}
	ttl, err := s.options.Duration(OptTTL)
	if err != nil {
		return nil, err
	}
	disabled, err := implement.ParseAlgorithms(s.options.Text(OptDisabled))
	if err != nil {
		return nil, err
	}
	optimized := make([]logical.Node, len(roots))
	for i, root := range roots {
		if optimized[i], err = rule.Optimize(root, rule.Config{Streaming: streaming, Env: NewEnv(config.Options)}); err != nil {
			return nil, err
		}
	}
	return implement.Plans(optimized, implement.Config{
		Streaming:      streaming,
		Parallelism:    config.Parallelism,
		MaxParallelism: config.MaxParallelism,
		Network:        config.NetworkExchange || config.Spread,
		StateTTL:       ttl.Milliseconds(),
		Disabled:       disabled,
	})
}
