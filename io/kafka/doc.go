// Package kafka is the connectors of Apache Kafka, kafka and upsert-kafka: topics of
// records, read by partition and written at least once or exactly once. What a record's
// key and value hold is in fields.go; upsert-kafka takes them for changes by key.
//
//	reading:  enumerator: a split a partition, with its first and last offset
//	          reader:     poll ─▶ decode ─▶ one batch, a span a partition
//	writing:  writer:     encode ─▶ produce … barrier: flush ─▶ committable
//	          committer:  the checkpoint is complete ─▶ EndTxn
//
// Exactly once is a pool of transactional ids, prefix-sink-subtask-n, a client
// each: writing goes on in a fresh transaction while earlier ones wait for their
// checkpoint. InitProducerID aborts whatever its id has prepared, so nobody may
// call it on an id until the checkpoint that records the commit is complete; only
// then does the id return to the pool. The names hold no job id: a job that starts
// afresh must find the transactions that a crash left open, or readers of
// committed records wait for their timeout.
//
// An outage that is shorter than the client's patience is nobody's business, since
// the clients try on; watch.go notices a longer one, and the job fails with it.
// What a restore goes by is the checkpoint, never the offsets of a consumer group,
// which progress.go commits for those who look on.
//
// properties.go says what becomes of each property of the Java client; security.go
// and encryption.go take those that secure a connection.
//
// Nothing here may guess the fate of a transaction: what the broker does not
// confirm is tried again, or lost. Read reader.go first, then pool.go and commit.go.
package kafka
