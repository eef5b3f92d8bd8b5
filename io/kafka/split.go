package kafka

import (
	"encoding/json"
	"fmt"

	"github.com/weir-engine/weir/io/connector"
)

// position is a split's state: a partition, the next offset to read and, where
// reading ends, the offset it ends before.
type position struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Next      int64  `json:"next"`
	Stop      *int64 `json:"stop,omitempty"`
}

// name is how users know a partition, and the id of its split.
func name(topic string, partition int32) string { return fmt.Sprintf("%s[%d]", topic, partition) }

func (p *position) data() []byte {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // texts and numbers always marshal
	}
	return b
}

func (p *position) split() connector.Split {
	return connector.Split{ID: name(p.Topic, p.Partition), Data: p.data(), Endless: p.Stop == nil}
}

func (p *position) ended() bool { return p.Stop != nil && p.Next >= *p.Stop }
