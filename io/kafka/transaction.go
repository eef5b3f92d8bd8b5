package kafka

import (
	"encoding/json"
	"fmt"

	"github.com/weir-engine/weir/io/connector"
)

// transaction is a committable: all that it takes to commit, from any process.
type transaction struct {
	Version    int    `json:"version"`
	ID         string `json:"transactionalId"`
	ProducerID int64  `json:"producerId"`
	Epoch      int16  `json:"epoch"`
	V2         bool   `json:"v2"` // to be ended as a transaction of version 2
	Checkpoint int64  `json:"checkpoint"`
}

func (t *transaction) encode() connector.Committable {
	b, err := json.Marshal(t)
	if err != nil {
		panic(err) // texts and numbers always marshal
	}
	return b
}

func decodeTransaction(c connector.Committable) (*transaction, error) {
	t := &transaction{}
	if err := json.Unmarshal(c, t); err != nil {
		return nil, fmt.Errorf("kafka: read committable: %w", err)
	}
	if t.Version != 1 {
		return nil, fmt.Errorf("kafka: committable of version %d is of a newer release", t.Version)
	}
	return t, nil
}
