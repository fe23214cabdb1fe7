// The same work as trendmill's, as a Go worker on franz-go would do it: see ../README.md.
//
//	peer SETTINGS.json
//
// runs until SIGTERM. It prints "assigned" once it has partitions. Any error ends it: it measures a
// healthy cluster.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

type settings struct {
	Brokers  string
	Group    string
	Input    string
	Output   string
	Delivery string
	CommitMS int64 `json:"commit_ms"`
	Rules    string
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(1)
	}
}

func readJSON(path string, into any) {
	text, err := os.ReadFile(path)
	check(err)
	check(json.Unmarshal(text, into))
}

func run(ctx context.Context, settings *settings) {
	work := newWorker(loadRules(settings.Rules), settings)
	link := newLink(settings)
	defer link.close()
	for ctx.Err() == nil {
		turn(ctx, link, work, time.Duration(settings.CommitMS)*time.Millisecond)
	}
}

// One transaction: from the first record on, for as long as the commit interval lasts.
func turn(ctx context.Context, link link, work *worker, interval time.Duration) {
	fetches := link.poll(ctx)
	if fetches.Empty() {
		return
	}
	until, cancel := context.WithTimeout(ctx, interval)
	defer cancel()
	link.begin()
	for {
		fetches.EachRecord(func(record *kgo.Record) { link.produce(work.event(record)) })
		if until.Err() != nil {
			break
		}
		fetches = link.poll(until)
	}
	link.commit()
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: peer SETTINGS.json")
		os.Exit(2)
	}
	var settings settings
	readJSON(os.Args[1], &settings)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	run(ctx, &settings)
}
