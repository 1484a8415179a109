package main

import (
	"fmt"
	"os"
	"slices"
	"syscall"
)

// walk measures the tree walk alone: two stores that know the same, where some
// documents are others (as if one of them were damaged), so that nothing but
// the walk can tell which.
func (b *bench) walk() error {
	for _, n := range b.large() {
		if err := b.walkAt(n); err != nil {
			return fmt.Errorf("%d documents: %w", n, err)
		}
	}
	return nil
}

// large are the numbers of documents of what is measured on large stores.
func (b *bench) large() []int {
	if b.heavy {
		return []int{b.docs, 10 * b.docs}
	}
	return []int{b.docs}
}

func (b *bench) walkAt(n int) (err error) {
	dirs, err := b.twins(n, 1)
	if err != nil {
		return err
	}
	var s [2]*shelf
	for i, dir := range dirs {
		defer os.RemoveAll(dir)
		if s[i], err = openShelf(dir); err != nil {
			return err
		}
		defer closing(s[i], &err)
	}
	keys := sortedKeys(n)
	var scattered []string
	for i := range few {
		scattered = append(scattered, keys[(i*7919+13)%few*(n/few)+i*31%(n/few)])
	}
	slices.Sort(scattered)
	for _, c := range []struct {
		what  string
		keys  []string
		limit target
	}{{"random", scattered, atMost(50)}, {"adjacent", keys[n/3 : n/3+few], atMost(10)}} {
		t, err := b.walkAcross(s, c.keys)
		if err != nil {
			return err
		}
		b.add(fmt.Sprintf("tree walk alone, %d documents, %d %s keys differ", n, few, c.what),
			float64(t.bytes[kindWalk]+t.bytes[kindNodes])/1000, "KB", c.limit, fmt.Sprintf("%d messages", t.messages[kindWalk]+t.messages[kindNodes]), "")
		b.add("  round trips", float64(t.messages[kindWalk]), "", atMost(7), "", "")
	}
	return nil
}

// walkAcross makes two stores differ in some documents, lets them find out
// which, and makes them equal again.
func (b *bench) walkAcross(s [2]*shelf, keys []string) (*talk, error) {
	write := func(differ bool) error {
		for side, x := range s {
			if err := x.write(keys, func(i int) []byte {
				if differ {
					return fmt.Appendf(nil, `{"side":%d}`, side)
				}
				return body(i)
			}); err != nil {
				return err
			}
			if err := x.hash(); err != nil {
				return err
			}
		}
		return nil
	}
	if err := write(true); err != nil {
		return nil, err
	}
	t := newTalk(s[0], s[1])
	if err := t.run(); err != nil {
		return nil, err
	}
	if !t.walked || !slices.Equal(t.differ, keys) {
		return nil, fmt.Errorf("%d keys differ, the walk found %d", len(keys), len(t.differ))
	}
	return t, write(false)
}

// twins are the directories of two stores that hold and know the same: n
// documents of so many writers.
func (b *bench) twins(n, writers int) (dirs [2]string, err error) {
	from, err := b.stored(fmt.Sprintf("written-%d-by-%d", n, writers), func(dir string) (err error) {
		s, err := openShelf(dir)
		if err != nil {
			return err
		}
		defer closing(s, &err)
		if err := s.merge(sortedKeys(n), writers); err != nil {
			return err
		}
		return s.hash()
	})
	if err != nil {
		return dirs, err
	}
	for i := range dirs {
		if dirs[i], err = b.copied(from); err != nil {
			return dirs, err
		}
	}
	return dirs, nil
}

// copyDir puts the files of one directory into another, which is empty, and
// waits until they are on disk: what is measured next does not pay for that.
func copyDir(from, to string) error {
	if err := os.Remove(to); err != nil {
		return err
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return err
	}
	syscall.Sync()
	return nil
}

// someKeys are the keys of the first n documents.
func someKeys(n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = key(i)
	}
	return keys
}
