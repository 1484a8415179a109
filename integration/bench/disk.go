package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/crdtstore/crdtstore/node"
)

// disk measures what documents take when a node has closed. The ballast, a fixed 32 MB that a
// node keeps for the day when the disk is full, where there is room for it, is not counted.
func (b *bench) disk() error {
	ours := func(fill func(*node.Node) error) (float64, error) {
		return b.once(func(dir string) (float64, error) {
			nd, err := open(dir, node.Fsync)
			if err != nil {
				return 0, err
			}
			if err := fill(nd); err != nil {
				return 0, err
			}
			if err := nd.Close(); err != nil {
				return 0, err
			}
			n, err := size(dir)
			if err != nil {
				return 0, err
			}
			kept, err := size(filepath.Join(dir, "ballast"))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return 0, err
			}
			return float64(n - kept), nil
		})
	}
	plain, err := b.once(func(dir string) (float64, error) {
		db, err := plainBadger(dir, false)
		if err != nil {
			return 0, err
		}
		if err := plainLoad(db, b.docs); err != nil {
			return 0, err
		}
		if err := db.Close(); err != nil {
			return 0, err
		}
		n, err := size(dir)
		return float64(n), err
	})
	if err != nil {
		return err
	}
	ctx := context.Background()
	full, err := ours(func(nd *node.Node) error { return load(ctx, nd, 0, b.docs) })
	if err != nil {
		return err
	}
	per := float64(b.docs)
	b.add("disk a document, closed", full/per, "B", atMost(420), "", fmt.Sprintf("%.0f B", plain/per))
	puts := b.scaled(10000)
	one, err := ours(func(nd *node.Node) error {
		_, err := spread(16, puts, func(i int) error {
			_, err := nd.Collection(collection).Put(ctx, "one", body(i), node.PutOptions{})
			return err
		})
		return err
	})
	if err != nil {
		return err
	}
	b.add(fmt.Sprintf("disk after one key was overwritten %d times", puts), one/1000, "KB", atMost(100), "", "")
	return nil
}
