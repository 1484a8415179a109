package node_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage/badger"
)

const mib = 1 << 20

// TestSpaceLevels: a level is left when a quarter more is free than where it begins.
func TestSpaceLevels(t *testing.T) {
	for _, c := range []struct {
		before node.SpaceLevel
		free   int64
		want   node.SpaceLevel
	}{
		{node.SpaceOK, 129 * mib, node.SpaceOK}, {node.SpaceOK, 127 * mib, node.SpaceLow},
		{node.SpaceLow, 129 * mib, node.SpaceLow}, {node.SpaceLow, 160 * mib, node.SpaceOK},
		{node.SpaceLow, 47 * mib, node.SpaceRefuse}, {node.SpaceRefuse, 59 * mib, node.SpaceRefuse},
		{node.SpaceRefuse, 60 * mib, node.SpaceLow}, {node.SpaceRefuse, 31 * mib, node.SpaceFull},
		{node.SpaceFull, 39 * mib, node.SpaceFull}, {node.SpaceFull, 41 * mib, node.SpaceRefuse},
		{node.SpaceFull, 500 * mib, node.SpaceOK}, {node.SpaceOK, 0, node.SpaceFull},
		{node.SpaceUnguarded, 500 * mib, node.SpaceOK},
	} {
		if got := node.LevelOf(node.Edge, c.before, c.free); got != c.want {
			t.Errorf("after %s, with %d MiB: %s, want %s", c.before, c.free/mib, got, c.want)
		}
	}
}

// TestSpace fills the disk of one of two nodes, step by step.
func TestSpace(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w, ctx := newWorld(t), t.Context()
		var free atomic.Int64
		free.Store(1000 * mib)
		a := w.open("a", node.WithSpace(node.Options{}, func() (int64, int64, error) { return free.Load(), 1000 * mib, nil }))
		b := w.open("b", node.Options{})
		defer w.close(a, b)
		w.join(a, b)
		put := func(n *node.Node, key string) error {
			_, err := n.Collection("c").Put(ctx, key, []byte(`{"n":1}`), node.PutOptions{})
			return err
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(put(a, "first"))
		w.converge(a, b)
		advice := func() (do string) {
			found, err := a.Findings(ctx)
			must(err)
			for _, f := range found {
				if f.Kind == node.FindingSpace {
					do += f.Happened + ": " + f.Do
				}
			}
			return do
		}
		if got := advice(); got != "" {
			t.Errorf("with room: %s", got)
		}
		free.Store(100 * mib)
		time.Sleep(2 * time.Second)
		must(put(a, "first"))
		if got := advice(); got != "the disk is nearly full, 100 MiB are free: make room before writes are refused" {
			t.Errorf("low: %s", got)
		}

		free.Store(40 * mib)
		time.Sleep(2 * time.Second)
		if err := put(a, "second"); !errors.Is(err, node.ErrSpace) {
			t.Fatalf("Put = %v, want ErrSpace", err)
		}
		if got := advice(); !strings.HasSuffix(got, ": make room: writes resume by themselves") {
			t.Errorf("refused: %s", got)
		}
		must(put(b, "of b")) // taken by a
		w.converge(a, b)
		if _, err := a.Collection("c").Get(ctx, "of b"); err != nil {
			t.Error(err)
		}

		free.Store(10 * mib)
		time.Sleep(2 * time.Second)
		must(put(b, "later"))
		time.Sleep(time.Minute)
		if _, err := a.Collection("c").Get(ctx, "later"); !errors.Is(err, node.ErrNotFound) {
			t.Errorf("Get = %v: it was taken on a full disk", err)
		}
		if got := status(t, a, "b"); got.State != node.Paused || got.Why != node.WhySpace {
			t.Errorf("b is %s, %q", got.State, got.Why)
		}
		if got := status(t, b, "a"); got.State != node.Paused || got.Why != node.WhyPausedByPeer {
			t.Errorf("for b, a is %s, %q", got.State, got.Why)
		}

		free.Store(500 * mib)
		time.Sleep(2 * time.Second)
		must(put(a, "second"))
		w.converge(a, b)
		roots(t, a, b)
		got, err := a.Status(ctx)
		must(err)
		if got.Space.Level != node.SpaceOK || got.Space.Free != 500*mib {
			t.Errorf("space: %+v", got.Space)
		}
	})
}

// TestEncrypted opens directories with keys that fit and that do not.
func TestEncrypted(t *testing.T) {
	key := make([]byte, node.EncryptionKeySize)
	other := append([]byte{1}, key[1:]...)
	dir, plain := t.TempDir(), t.TempDir()
	make1 := func(dir string, key []byte) {
		n, err := node.Open(t.Context(), node.Options{Dir: dir, EncryptionKey: key})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := n.Collection("c").Put(t.Context(), "k", []byte(`{"n":1}`), node.PutOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if !badger.Encrypts {
		if _, err := node.Open(t.Context(), node.Options{Dir: dir, EncryptionKey: key}); !errors.Is(err, badger.ErrNarrow) {
			t.Errorf("with a key: %v", err)
		}
		return
	}
	make1(dir, key)
	make1(plain, nil)
	device, err := os.ReadFile(filepath.Join(dir, "device.key"))
	if err != nil || string(device[:7]) != "sealed:" {
		t.Errorf("device.key: %.20q, %v", device, err)
	}
	for _, c := range []struct {
		dir string
		key []byte
	}{{dir, nil}, {dir, other}, {plain, key}} {
		if n, err := node.Open(t.Context(), node.Options{Dir: c.dir, EncryptionKey: c.key}); !errors.Is(err, node.ErrEncryption) {
			t.Errorf("Open = %v, %v", n, err)
		}
	}
	again, err := os.ReadFile(filepath.Join(dir, "device.key"))
	if err != nil || string(again) != string(device) {
		t.Errorf("device.key has changed, %v", err)
	}
	make1(dir, key)
	make1(plain, nil)
}
