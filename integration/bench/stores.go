package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/crdtstore/crdtstore/node"
)

// stored is a directory that fill has filled, once: now, or in an earlier run
// with the same -stores. It is not for use, but for copies.
func (b *bench) stored(name string, fill func(dir string) error) (string, error) {
	dir := filepath.Join(b.stores, fmt.Sprintf("shelf-%s-of-%d", name, b.docs))
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	part := dir + ".part"
	if err := errors.Join(os.RemoveAll(part), os.MkdirAll(part, 0o700)); err != nil {
		return "", err
	}
	if err := fill(part); err != nil {
		return "", fmt.Errorf("build %s: %w", name, err)
	}
	return dir, os.Rename(part, dir)
}

// copied is a directory of its own with the files of another one.
func (b *bench) copied(from string) (string, error) {
	dir, err := b.newDir()
	if err != nil {
		return "", err
	}
	return dir, copyDir(from, dir)
}

// filled is the directory of a node that has written n documents and hashed
// them, for copies.
func (b *bench) filled(n int) (string, error) {
	return b.stored(fmt.Sprintf("node-%d", n), func(dir string) error {
		ctx := context.Background()
		a, err := b.station(ctx, stationOptions{dir: dir, name: "a", transport: loopback})
		if err != nil {
			return err
		}
		if err := load(ctx, a.Node, 0, n); err != nil {
			return errors.Join(err, a.Close())
		}
		_, err = a.Root(ctx, collection)
		return errors.Join(err, a.Close())
	})
}

// full opens a copy of a filled node.
func (b *bench) full(ctx context.Context, n int, t transport) (*station, error) {
	from, err := b.filled(n)
	if err != nil {
		return nil, err
	}
	dir, err := b.copied(from)
	if err != nil {
		return nil, err
	}
	return b.station(ctx, stationOptions{dir: dir, name: "a", transport: t})
}

// drained is what a fresh peer took to take in everything.
type drained struct {
	Seconds  float64 // from the call of Open to equal roots
	Received int64   // bytes
}

// drain lets a fresh peer in dir take in what a has.
func (b *bench) drain(ctx context.Context, a *station, dir string) (s *station, d drained, err error) {
	start := time.Now()
	if s, err = b.station(ctx, stationOptions{dir: dir, name: "s", transport: loopback, join: a}); err != nil {
		return nil, d, err
	}
	if err := converge(ctx, s, a); err != nil {
		return nil, d, errors.Join(err, s.Close())
	}
	return s, drained{time.Since(start).Seconds(), s.meter.received.Load()}, nil
}

// couple are the directories of a filled node and of one that has taken in what
// it has, for copies, and what that took.
func (b *bench) couple(n int) (dirs [2]string, d drained, err error) {
	const from, to, told = "a", "s", "drained.json"
	dir, err := b.stored(fmt.Sprintf("couple-%d", n), func(dir string) error {
		ctx := context.Background()
		a, err := b.full(ctx, n, loopback)
		if err != nil {
			return err
		}
		s, d, err := b.drain(ctx, a, filepath.Join(dir, to))
		if err != nil {
			return errors.Join(err, a.Close())
		}
		if err := errors.Join(s.Close(), a.Close()); err != nil {
			return err
		}
		if err := os.Rename(a.dir, filepath.Join(dir, from)); err != nil {
			return err
		}
		text, err := json.Marshal(d)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, told), text, 0o600)
	})
	if err != nil {
		return dirs, d, err
	}
	text, err := os.ReadFile(filepath.Join(dir, told))
	if err != nil {
		return dirs, d, err
	}
	return [2]string{filepath.Join(dir, from), filepath.Join(dir, to)}, d, json.Unmarshal(text, &d)
}

// meeting opens copies of a couple of n documents, which join over t.
func (b *bench) meeting(ctx context.Context, n int, t transport) (a, s *station, err error) {
	dirs, _, err := b.couple(n)
	if err != nil {
		return nil, nil, err
	}
	for i, dir := range dirs {
		if dirs[i], err = b.copied(dir); err != nil {
			return nil, nil, err
		}
	}
	if a, err = b.station(ctx, stationOptions{dir: dirs[0], name: "a", durability: node.Fsync, transport: t}); err != nil {
		return nil, nil, err
	}
	if s, err = b.station(ctx, stationOptions{dir: dirs[1], name: "s", durability: node.Fsync, transport: t, join: a}); err == nil {
		err = converge(ctx, s, a)
	}
	if err != nil {
		discard(a)
	}
	return a, s, err
}
