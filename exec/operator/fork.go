package operator

import "github.com/weir-engine/weir/core/stream"

// Forked is the last operator of a chain that several edges leave, each served at
// its own pace: it emits to its ports, not to the Output of its calls.
type Forked interface {
	Operator
	Resumer
	// Fork gives it its ports, one an edge, before Open.
	Fork(ports []Port)
	// Lags reports that a Resume would get somewhere: a port has room for rows that
	// it has not had. The task asks whenever it is woken.
	Lags() bool
	// Full asks for no Resume: there is more, but no port has room. Before its input
	// has ended it is never full.
	Full() bool
}

// Port is one of the edges that leave a Forked.
type Port interface {
	// Emit lends a batch, as Output does.
	Emit(b *stream.Batch) error
	Full() bool
	// Closed reports that nobody wants anything more.
	Closed() bool
	// End says that no more rows come through this port.
	End()
}
