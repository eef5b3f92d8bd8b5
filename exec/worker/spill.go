package worker

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/weir-engine/weir/state/spill"
)

// spillSpace is the scratch directory of one operator of one subtask, made when first asked for.
type spillSpace struct {
	claim *spill.Claim
	path  string
	mu    sync.Mutex
	made  bool
}

func (s *spillSpace) Dir() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.made {
		if err := s.claim.Make(); err != nil {
			return "", err
		}
		if err := os.MkdirAll(s.path, 0o700); err != nil {
			return "", fmt.Errorf("make spill directory: %w", err)
		}
		s.made = true
	}
	return s.path, nil
}

// safeName makes a file name of an id.
func safeName(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.' {
			return r
		}
		return '_'
	}, s)
}

func spillPath(claim *spill.Claim, job string, attempt int, rest ...string) string {
	parts := []string{claim.Path(), safeName(job), fmt.Sprint(attempt)}
	for _, r := range rest {
		parts = append(parts, safeName(r))
	}
	return filepath.Join(parts...)
}
