package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"
)

// keep measures what a large collection keeps in memory, and what two peers
// that hold it say to each other, with one writer and with 10,000.
func (b *bench) keep() error {
	for _, n := range b.large() {
		for _, writers := range []int{1, 10000} {
			if err := b.keepOf(n, writers); err != nil {
				return fmt.Errorf("%d documents, %d writers: %w", n, writers, err)
			}
		}
	}
	return nil
}

// keepOf measures two peers that hold what so many others have written.
func (b *bench) keepOf(n, writers int) error {
	dirs, err := b.twins(n, writers)
	if err != nil {
		return err
	}
	defer os.RemoveAll(dirs[0])
	defer os.RemoveAll(dirs[1])
	var took []float64
	for _, dir := range dirs {
		if took, err = rootsIn(dir, n); err != nil {
			return err
		}
	}
	s, err := openShelf(dirs[0]) // anew, so that the store has nothing left to do that takes memory
	if err != nil {
		return err
	}
	defer s.store.Close()
	peer, err := openShelf(dirs[1])
	if err != nil {
		return err
	}
	defer peer.Close()
	const sessions = 8
	var talks []*talk
	for range sessions {
		t := newTalk(s, peer)
		if err := t.run(); err != nil {
			return err
		}
		if !t.equal {
			return fmt.Errorf("two peers that know the same have not converged")
		}
		talks = append(talks, t)
	}
	said := float64(talks[0].said())
	all := heap()
	runtime.KeepAlive(talks)
	talks = nil
	documents := heap()
	if err := s.Documents.Close(); err != nil {
		return err
	}
	s.Documents = nil
	bare := heap()
	b.add(fmt.Sprintf("heap for tree and vectors, %d documents, %d writers", n, writers), (all-bare)/1e6, "MB", atMost(8),
		fmt.Sprintf("both ends of %d sessions %.2f MB of it", sessions, (all-documents)/1e6), "")
	b.add("  root after one write", median(took), "ms", atMost(20), "", "")
	b.add("  two equal peers: bytes a collection, both ways", said, "B", atMost(256), "", "")
	return nil
}

// rootsIn is rootAfterWrites on a store that is opened for it.
func rootsIn(dir string, n int) (took []float64, err error) {
	s, err := openShelf(dir)
	if err != nil {
		return nil, err
	}
	defer closing(s, &err)
	return s.rootAfterWrites(n)
}

// rootAfterWrites makes some writes and times the root after each.
func (s *shelf) rootAfterWrites(n int) (took []float64, err error) {
	for i := range 9 {
		if err := s.write([]string{key(i * n / 9)}, func(int) []byte { return fmt.Appendf(nil, `{"round":%d}`, i) }); err != nil {
			return nil, err
		}
		start := time.Now()
		if err := s.hash(); err != nil {
			return nil, err
		}
		v, err := s.View(collection)
		if err != nil {
			return nil, err
		}
		_, ok, err := v.Root()
		v.Close()
		if err != nil || !ok {
			return nil, fmt.Errorf("root after a write: there %t, %w", ok, err)
		}
		took = append(took, milliseconds(time.Since(start)))
	}
	return took, nil
}

// heap is the bytes in use on the heap.
func heap() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// sortedKeys are the keys of the first n documents in their order.
func sortedKeys(n int) []string {
	keys := someKeys(n)
	slices.Sort(keys)
	return keys
}
