package worker

import (
	"errors"

	"github.com/weir-engine/weir/exec/exchange"
)

type network struct{}

func (m *Manager) net() (*network, error) { return nil, errors.New("network exchange") }
func (n *network) Close() error           { return nil }
func (n *network) connector(*attempt) (connect, func()) {
	return func(string, *running, *running) (exchange.Sender, *exchange.Queue, error) { return nil, nil, nil }, func() {}
}
