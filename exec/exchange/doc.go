// Package exchange moves batches between subtasks.
//
//	operator → Writer → [builder per channel] → Sender ~ Queue → task of the receiver
//
// A Writer copies rows into one builder per channel, over many input batches,
// and sends a builder when it is full, when its task's input is quiet, or
// before a barrier. A channel is a Queue in this process, or the same queue
// behind a socket (network.go). Nobody ever blocks here: a sender asks Full
// before it takes more work, and is woken when the receiver has made room. The
// receiver releases a buffer when it has processed it, and its memory goes back
// to the writer that filled it.
//
// Where receivers start when their input is whole, channels end in a file:
//
//	operator → Writer → Output → file ~ Fetch → Queue → task of the receiver
//
// Read queue.go first, then writer.go; frame.go draws the bytes on the wire, and
// fetch.go reads files.
package exchange
