package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// A link reads and writes Kafka at one of the two guarantees.
type link interface {
	poll(ctx context.Context) kgo.Fetches
	begin()
	produce(out *outgoing)
	commit()
	close()
}

const pollRecords = 2000

func options(settings *settings) []kgo.Opt {
	return []kgo.Opt{
		kgo.SeedBrokers(settings.Brokers),
		kgo.ConsumerGroup(settings.Group),
		kgo.ConsumeTopics(settings.Input),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.FetchMaxBytes(8 << 20),
		kgo.SessionTimeout(10 * time.Second),
		kgo.DefaultProduceTopic(settings.Output),
		kgo.ProducerBatchCompression(kgo.Lz4Compression()),
		kgo.ProducerLinger(10 * time.Millisecond),
		kgo.MaxBufferedRecords(50000),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, topics map[string][]int32) {
			if len(topics) > 0 {
				fmt.Fprintln(os.Stderr, "assigned")
			}
		}),
	}
}

func newLink(settings *settings) link {
	if settings.Delivery == "exactly_once" {
		return openTransactional(settings)
	}
	return openPlain(settings)
}

// A poll whose time is over gives what it has.
func checked(fetches kgo.Fetches) kgo.Fetches {
	for _, failed := range fetches.Errors() {
		if !errors.Is(failed.Err, context.DeadlineExceeded) && !errors.Is(failed.Err, context.Canceled) {
			check(failed.Err)
		}
	}
	return fetches
}

// exactly_once: records and offsets in one transaction, by the session that franz-go has for it.
type transactional struct {
	session *kgo.GroupTransactSession
}

func openTransactional(settings *settings) link {
	session, err := kgo.NewGroupTransactSession(append(options(settings),
		kgo.TransactionalID(fmt.Sprintf("%s-%d", settings.Group, os.Getpid())),
		kgo.TransactionTimeout(10*time.Second),
		kgo.RequireStableFetchOffsets())...)
	check(err)
	return transactional{session}
}

func (t transactional) poll(ctx context.Context) kgo.Fetches {
	return checked(t.session.PollRecords(ctx, pollRecords))
}

func (t transactional) begin() { check(t.session.Begin()) }

func (t transactional) produce(out *outgoing) {
	t.session.Produce(context.Background(), &out.record, out.done)
}

// A transaction that a rebalance aborts is read again by the session itself.
func (t transactional) commit() {
	_, err := t.session.End(context.Background(), kgo.TryCommit)
	check(err)
}

func (t transactional) close() { t.session.Close() }

// at_least_once: offsets after the records.
type plain struct {
	client *kgo.Client
}

func openPlain(settings *settings) link {
	client, err := kgo.NewClient(append(options(settings), kgo.DisableAutoCommit())...)
	check(err)
	return plain{client}
}

func (p plain) poll(ctx context.Context) kgo.Fetches {
	return checked(p.client.PollRecords(ctx, pollRecords))
}

func (p plain) begin() {}

func (p plain) produce(out *outgoing) { p.client.Produce(context.Background(), &out.record, out.done) }

func (p plain) commit() {
	check(p.client.Flush(context.Background()))
	check(p.client.CommitUncommittedOffsets(context.Background()))
}

func (p plain) close() { p.client.Close() }
