package kafka

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weir-engine/weir/io/connector"
)

// scope begins the transactional ids of a sink. The sink's id comes from what
// the query means, so that a fresh start of the same job finds what an earlier
// one has left; two sinks of a job with one prefix stay apart.
func (s *sink) scope(wc connector.WriterContext) string { return s.prefix + "-" + wc.Sink + "-" }

// AbortLeftovers aborts the open transactions of this sink that no committable names.
func (c *committer) AbortLeftovers(ctx context.Context, keep []connector.Committable) error {
	kept := map[string]bool{}
	for _, one := range keep {
		t, err := decodeTransaction(one)
		if err != nil {
			return err
		}
		kept[t.ID] = true
	}
	return c.sink.abortOpen(ctx, c.wc, func(id string, _ int) bool { return !kept[id] })
}

// abortStale aborts, for a job that starts afresh, what an earlier run of it has
// left open. Each subtask sees to its share, so that none aborts what another
// has just begun.
func (s *sink) abortStale(ctx context.Context, wc connector.WriterContext) error {
	return s.abortOpen(ctx, wc, func(_ string, subtask int) bool { return subtask%wc.Parallelism == wc.Subtask })
}

// abortOpen aborts the open transactions of this sink that are picked.
func (s *sink) abortOpen(ctx context.Context, wc connector.WriterContext, pick func(id string, subtask int) bool) error {
	client, err := kgo.NewClient(s.config.client.common...)
	if err != nil {
		return fmt.Errorf("kafka: make client: %w", err)
	}
	defer client.Close()
	open, err := kadm.NewClient(client).ListTransactions(ctx, nil, []string{"Ongoing"})
	if err != nil {
		return failed(err, "list open transactions")
	}
	for _, t := range open.Sorted() {
		subtask, ours := subtaskOf(t.TxnID, s.scope(wc))
		// Brokers before 3.0 do not know the filter.
		if !ours || t.State != "Ongoing" || !pick(t.TxnID, subtask) {
			continue
		}
		if err := s.fence(ctx, t.TxnID); err != nil {
			return err
		}
	}
	return nil
}

// subtaskOf takes the subtask out of scope + subtask + "-" + number.
func subtaskOf(id, scope string) (int, bool) {
	rest, ok := strings.CutPrefix(id, scope)
	if !ok {
		return 0, false
	}
	subtask, number, ok := strings.Cut(rest, "-")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(subtask)
	if _, bad := strconv.Atoi(number); err != nil || bad != nil {
		return 0, false
	}
	return n, true
}

// fence takes over a transactional id: its open transaction is aborted, and
// whoever still writes in it is refused from now on.
func (s *sink) fence(ctx context.Context, id string) error {
	c := s.config.client
	opts := append(append([]kgo.Opt{}, c.common...), kgo.TransactionalID(id), kgo.TransactionTimeout(c.transactionTimeout))
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return fmt.Errorf("kafka: make client: %w", err)
	}
	defer client.Close()
	if _, _, err := client.ProducerID(ctx); err != nil {
		return failed(err, "abort transaction of %s", id)
	}
	return nil
}
