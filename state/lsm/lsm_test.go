package lsm_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/state/keyed/keyedtest"
	"github.com/weir-engine/weir/state/lsm"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestKit(t *testing.T) { keyedtest.Run(t, keyedtest.Kit{Open: lsm.Open}) }

// TestTightMemory has rows evicted all the time.
func TestTightMemory(t *testing.T) {
	keyedtest.Run(t, keyedtest.Kit{Open: lsm.Open, Memory: 1 << 20, Rounds: 10})
}
