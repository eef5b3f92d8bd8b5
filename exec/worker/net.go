package worker

import (
	"errors"
	"fmt"
	"net"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/exchange"
)

// net is the network of this process, opened when first asked for.
func (m *Manager) net() (*exchange.Network, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.network == nil {
		at := m.config.Listen
		if at == "" {
			at = "127.0.0.1:0"
		}
		n, err := exchange.Listen(at, m.config.Secure, m.outputs)
		if err != nil {
			return nil, err
		}
		m.network = n
	}
	return m.network, nil
}

// DataAddress is where peers reach the channels that lead here.
func (m *Manager) DataAddress() (string, error) {
	n, err := m.net()
	if err != nil {
		return "", err
	}
	return n.Addr(), nil
}

// links is the channels of an attempt that are no mere queues.
type links struct {
	network  *exchange.Network
	expected []string
	ports    []*exchange.Port
	fetches  []*exchange.Fetch // from outputs, through sockets or not
}

// open announces all channels to their receivers, and asks for what is in files.
func (l *links) open() {
	for _, p := range l.ports {
		p.Open()
	}
	for _, f := range l.fetches {
		f.Start()
	}
}

// close takes the channels off the network.
func (l *links) close() {
	if l.network != nil {
		l.network.Forget(l.expected)
	}
	for _, p := range l.ports {
		p.Forget()
	}
	for _, f := range l.fetches {
		f.Stop()
	}
}

// broken fails the attempt when a connection breaks that it uses.
func (a *attempt) broken(err error) {
	if !errors.Is(err, net.ErrClosed) {
		a.cancel(err)
	}
}

// channelName is unique among all channels of a cluster's life.
func (a *attempt) channelName(vertex string, edge, from, to int) string {
	return fmt.Sprintf("%d/%s/%d/%s/%d/%d/%d", a.leader, a.job.ID, a.number, vertex, edge, from, to)
}

// expect makes the receiver's end of a channel from elsewhere.
func (a *attempt) expect(n *exchange.Network, name string, ts []types.Type, to *running) *exchange.Queue {
	a.links.network = n
	a.links.expected = append(a.links.expected, name)
	return n.Expect(name, ts, a.job.Config.QueueBatches, to.waker.Signal, a.broken)
}

// port makes the sender's end of a channel that leads to an address.
func (a *attempt) port(n *exchange.Network, addr, name string, from *running) (*exchange.Port, error) {
	l, err := n.Dial(addr)
	if err != nil {
		return nil, err
	}
	p := l.Port(name, a.job.Config.QueueBatches, from.waker.Signal, a.broken)
	a.links.ports = append(a.links.ports, p)
	return p, nil
}
