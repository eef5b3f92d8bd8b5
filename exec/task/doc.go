// Package task is the loop of one subtask.
//
//	for {
//		resume what is pending, downstream first   chain.go
//		take messages: barriers, posts, ticks      task.go
//		read one element of an open input          input.go
//		none: flush what was held for batching, then wait
//	}
//
// One goroutine runs a whole chain: an operator's Emit is the next operator's
// Process. It never blocks but at its one select; when an output is full it
// stops reading and goes on when it is woken. Barriers are aligned by align.go
// and time is merged by watermark.go: state machines without goroutines or
// clocks, driven from text files in testdata.
//
// Read task.go first, then chain.go.
package task
