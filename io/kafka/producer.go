package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/io/connector"
)

// producer is a transactional id and, once it was used, its client. The writer
// has it while it is current, the committer while it is busy.
type producer struct {
	number int
	id     string
	client *kgo.Client
	v2     bool // transactions of version 2: the epoch grows with each
	failed failure

	open       bool // a transaction has begun
	producerID int64
	epoch      int16

	committed, first bool  // see pool
	clean            int64 // first checkpoint that does not name it
}

// A broker that goes down or comes up closes connections at once, as does one whose
// listener wants something else. For so long it is taken for the former.
const (
	closedPause = 250 * time.Millisecond
	closedTries = 40
)

// connect makes the client and takes over the id.
func (x *producer) connect(ctx context.Context, s *sink, wc connector.WriterContext) error {
	for n := 1; ; n++ {
		err := x.connectOnce(ctx, s, wc)
		if n == closedTries || !errors.Is(err, io.EOF) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(closedPause):
		}
	}
}

// connectOnce asks for the version of transactions only behind the id: the client
// itself knows it from the first answer on.
func (x *producer) connectOnce(ctx context.Context, s *sink, wc connector.WriterContext) error {
	opts := append(s.producerOptions(wc), commitTimeout, kgo.TransactionalID(x.id), kgo.TransactionTimeout(s.config.client.transactionTimeout))
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return fmt.Errorf("kafka: make client: %w", err)
	}
	if _, _, err = client.ProducerID(ctx); err == nil {
		x.v2, err = transactionsV2(ctx, client)
	}
	if err != nil {
		client.Close()
		return x.explain(failed(err, "take over transactional id %s", x.id))
	}
	x.client = client
	return nil
}

// transactionsV2 asks which transactions the cluster has agreed on.
func transactionsV2(ctx context.Context, client *kgo.Client) (bool, error) {
	req := kmsg.NewPtrApiVersionsRequest()
	req.ClientSoftwareName, req.ClientSoftwareVersion = "weir", "1"
	resp, err := req.RequestWith(ctx, client)
	if err != nil {
		return false, err
	}
	for _, f := range resp.FinalizedFeatures {
		if f.Name == "transaction.version" {
			return f.MaxVersionLevel >= 2, nil
		}
	}
	return false, nil
}

// explain says what the user can do about an error.
func (x *producer) explain(err error) error {
	switch {
	case errors.Is(err, kerr.InvalidTransactionTimeout):
		return sqlerr.Wrap(sqlerr.InvalidOption, err, "the broker grants no transactions this long").
			WithHint("lower 'properties.transaction.timeout.ms', or raise transaction.max.timeout.ms of the broker")
	case errors.Is(err, kerr.ProducerFenced), errors.Is(err, kerr.InvalidProducerEpoch):
		return sqlerr.Wrap(sqlerr.ConnectorFailure, err, "the transaction of %s is over", x.id).
			WithHint("it took longer than 'properties.transaction.timeout.ms', or another job uses the same '%s'", optIDPrefix.Key)
	}
	return err
}

func (x *producer) begin() error {
	if x.open {
		return nil
	}
	if err := x.client.BeginTransaction(); err != nil {
		return x.explain(failed(err, "begin transaction of %s", x.id))
	}
	x.open = true
	return nil
}

// prepare is what a committer needs to commit, in this process or another.
func (x *producer) prepare(ctx context.Context, checkpoint int64) (*transaction, error) {
	var err error
	if x.producerID, x.epoch, err = x.client.ProducerID(ctx); err != nil {
		return nil, x.explain(failed(err, "prepare transaction of %s", x.id))
	}
	return &transaction{Version: 1, ID: x.id, ProducerID: x.producerID, Epoch: x.epoch, V2: x.v2, Checkpoint: checkpoint}, nil
}

// reset makes a producer ready to be acquired again.
func (x *producer) reset() {
	x.open, x.committed, x.first, x.clean = false, false, false, 0
}

func (x *producer) disconnect() {
	if x.client != nil {
		x.client.Close()
		x.client = nil
	}
}
