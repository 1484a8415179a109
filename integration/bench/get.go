package main

import (
	"context"
	"runtime"

	"github.com/crdtstore/crdtstore/node"
)

const (
	// getRounds is how often both sides are measured at least: one read is so short
	// that what else a machine does shows in it.
	getRounds = 7
	// getPasses is how often all documents are read in a round, besides the first time,
	// which does not count: what was begun when they were loaded is done by then.
	getPasses = 2
)

// get reads documents that were loaded before the store was opened, one reader, in random
// order. So both sides read from tables, as a store does that is not new: in the
// process that loaded them those of plain Badger would all be in its memtable still, and
// ours, which are more bytes, would not. Both sides give a copy that can be kept.
func (b *bench) get() error {
	n := b.docs
	defer func(rounds int) { b.rounds = rounds }(b.rounds)
	if b.docs >= first {
		b.rounds = max(b.rounds, getRounds)
	}
	return b.inverse("get and print a document", "× its time", atMost(1.3),
		func(dir string) (float64, error) { return getsOfPlain(dir, n) },
		func(dir string) (float64, error) { return getsOfOurs(dir, n) })
}

func getsOfPlain(dir string, n int) (ops float64, err error) {
	load := func() (err error) {
		db, err := plainBadger(dir, false)
		if err != nil {
			return err
		}
		defer closing(db, &err)
		return plainLoad(db, n)
	}
	if err := load(); err != nil {
		return 0, err
	}
	db, err := plainBadger(dir, false)
	if err != nil {
		return 0, err
	}
	defer closing(db, &err)
	return settled(n, func(i int) error { return plainGet(db, key(i)) })
}

func getsOfOurs(dir string, n int) (ops float64, err error) {
	if err := loaded(dir, n); err != nil {
		return 0, err
	}
	nd, err := open(dir, node.Fsync)
	if err != nil {
		return 0, err
	}
	defer closing(nd, &err)
	c := nd.Collection(collection)
	return settled(n, func(i int) error { return ourGet(c, key(i)) })
}

// loaded makes a store of n documents.
func loaded(dir string, n int) (err error) {
	nd, err := open(dir, node.Fsync)
	if err != nil {
		return err
	}
	defer closing(nd, &err)
	return load(context.Background(), nd, 0, n)
}

// settled does n operations once, which does not count, and then getPasses times, by one worker.
func settled(n int, op func(i int) error) (float64, error) {
	if _, err := spread(1, n, op); err != nil {
		return 0, err
	}
	runtime.GC()
	return spread(1, getPasses*n, func(i int) error { return op(i % n) })
}
