package worker

import (
	"errors"
	"net"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/exchange"
)

// net is the network of this process, opened when a job first asks for it.
func (m *Manager) net() (*exchange.Network, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.network == nil {
		n, err := exchange.Listen("127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		m.network = n
	}
	return m.network, nil
}

// connector makes an attempt's channels go through sockets; unwire takes them off again.
func (a *attempt) connector(n *exchange.Network) (c connect, unwire func(), err error) {
	link, err := n.Dial(n.Addr())
	if err != nil {
		return nil, nil, err
	}
	var names []string
	var ports []exchange.Sender
	fail := func(err error) {
		if !errors.Is(err, net.ErrClosed) {
			a.cancel(err)
		}
	}
	c = func(name string, ts []types.Type, from, to *running) (exchange.Sender, *exchange.Queue, error) {
		q := n.Expect(name, ts, a.job.Config.QueueBatches, to.waker.Signal, fail)
		p := link.Open(name, a.job.Config.QueueBatches, from.waker.Signal, fail)
		names, ports = append(names, name), append(ports, p)
		return p, q, nil
	}
	return c, func() {
		n.Forget(names)
		for _, p := range ports {
			link.Forget(p)
		}
	}, nil
}
