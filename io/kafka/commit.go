package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/io/connector"
)

// commitTime is how long it is tried to end a transaction: then the engine hears
// of it, and decides whether there is another try.
const commitTime = 5 * time.Second

var commitTimeout = kgo.RetryTimeoutFn(func(key int16) time.Duration {
	if key == kmsg.EndTxn.Int16() {
		return commitTime
	}
	return 30 * time.Second
})

// committer ends transactions: through the client that wrote them where it is
// alive, else in its name, by its producer id and epoch.
type committer struct {
	sink *sink
	wc   connector.WriterContext
	pool *pool
	// Transactions are ended the way they were begun: version 5 of EndTxn makes
	// the epoch grow, which must not happen to one of version 1.
	v1, v2 *kgo.Client
}

func newCommitter(s *sink, wc connector.WriterContext) *committer {
	return &committer{sink: s, wc: wc, pool: s.pool(wc)}
}

// Commit commits what a checkpoint has prepared.
func (c *committer) Commit(ctx context.Context, cs []connector.Committable) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(cs))
	var why error
	for i, one := range cs {
		t, err := decodeTransaction(one)
		if err != nil {
			return nil, err
		}
		c.pool.completed(t.Checkpoint)
		err = c.commit(ctx, t)
		if out[i] = outcome(err); out[i] == connector.Committed {
			c.pool.settled(t.ID)
			continue
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if out[i] == refused {
			return nil, c.explain(t, err)
		}
		if why == nil || out[i] == connector.Lost {
			why = c.explain(t, err)
		}
	}
	return out, why
}

func (c *committer) commit(ctx context.Context, t *transaction) error {
	if x := c.pool.prepared(t); x != nil {
		if x.client.EndTransaction(ctx, kgo.TryCommit) == nil {
			return nil
		}
		// What became of it is not known, and the client will not ask twice.
		x.disconnect()
	}
	return c.end(ctx, t)
}

// end commits in the name of the client that wrote. The broker answers a
// repeated commit as the first: done.
func (c *committer) end(ctx context.Context, t *transaction) error {
	client, err := c.client(t.V2)
	if err != nil {
		return err
	}
	req := kmsg.NewPtrEndTxnRequest()
	req.TransactionalID, req.ProducerID, req.ProducerEpoch, req.Commit = t.ID, t.ProducerID, t.Epoch, true
	ctx, cancel := context.WithTimeout(ctx, commitTime)
	defer cancel()
	return reach(ctx, func(ctx context.Context) error {
		resp, err := req.RequestWith(ctx, client)
		if err != nil {
			return err
		}
		return kerr.ErrorForCode(resp.ErrorCode)
	})
}

// refused is an answer that another try would only repeat, though nothing is lost.
const refused = connector.Outcome(255)

// outcome judges an answer. Where the transaction is over and was not committed
// by us, fenced or expired, its records are gone: that is never taken for a commit.
func outcome(err error) connector.Outcome {
	var k *kerr.Error
	switch {
	case err == nil:
		return connector.Committed
	case !errors.As(err, &k), k.Retriable, k == kerr.ConcurrentTransactions, k == kerr.UnknownServerError:
		return connector.Retry
	}
	switch k {
	case kerr.ProducerFenced, kerr.InvalidProducerEpoch, kerr.InvalidProducerIDMapping, kerr.InvalidTxnState,
		kerr.TransactionalIDNotFound, kerr.UnknownProducerID, kerr.TransactionAbortable:
		return connector.Lost
	}
	return refused
}

// explain names the transaction that is not committed, and says what that means.
func (c *committer) explain(t *transaction, err error) error {
	if outcome(err) != connector.Lost {
		return failed(err, "commit transaction of %s for checkpoint %d", t.ID, t.Checkpoint)
	}
	return sqlerr.Wrap(sqlerr.ConnectorFailure, err, "data loss: the transaction of %s for checkpoint %d cannot be committed any more, and what it wrote to topic %s is gone", t.ID, t.Checkpoint, c.sink.topic).
		WithHint("it was open for longer than 'properties.transaction.timeout.ms' = %d and the broker aborted it, or another job uses the same '%s'. Restore an older checkpoint, or accept the loss and start fresh",
			c.sink.config.client.transactionTimeout.Milliseconds(), optIDPrefix.Key)
}

// client is that for transactions of a version.
func (c *committer) client(v2 bool) (*kgo.Client, error) {
	at := &c.v1
	opts := append([]kgo.Opt{commitTimeout}, c.sink.config.client.common...)
	if v2 {
		at = &c.v2
	} else {
		versions := kversion.Stable()
		versions.SetMaxKeyVersion(kmsg.EndTxn.Int16(), 4)
		opts = append(opts, kgo.MaxVersions(versions))
	}
	if *at != nil {
		return *at, nil
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return nil, fmt.Errorf("kafka: make client: %w", err)
	}
	*at = client
	return client, nil
}

// Close ends the clients, those of the pool too: the writer is closed before.
func (c *committer) Close() error {
	for _, client := range []*kgo.Client{c.v1, c.v2} {
		if client != nil {
			client.Close()
		}
	}
	c.pool.close()
	return nil
}
