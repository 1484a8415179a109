package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// tables is what the files of a store take in when documents come and the tree
// is asked for ten times meanwhile, to what they take in when it is never asked
// for: log, tables and their compactions, as the system counts the pages that
// are written.
func (b *bench) tables() error {
	for _, n := range b.large() {
		plain, err := b.filesTake(n, false)
		if err != nil {
			return b.skip("", err)
		}
		ours, err := b.filesTake(n, true)
		if err != nil {
			return err
		}
		each := func(bytes float64) string { return fmt.Sprintf("%.0f B a document", bytes/float64(n)) }
		b.add(fmt.Sprintf("bytes written to files with the tree, to those without; %d documents", n), ours/plain, "×", atMost(1.25), each(ours), each(plain))
	}
	return nil
}

// filesTake loads a store, in no order of keys, and returns the bytes that were
// written to its files until it is closed.
func (b *bench) filesTake(n int, hashed bool) (float64, error) {
	const parts = 10
	return b.once(func(dir string) (_ float64, err error) {
		before, err := bytesToDisk()
		if err != nil {
			return 0, err
		}
		s, err := openShelf(dir)
		if err != nil {
			return 0, err
		}
		keys := someKeys(n)
		for i := range parts {
			if err = s.write(keys[n*i/parts:n*(i+1)/parts], body); err == nil && hashed {
				err = s.hash()
			}
			if err != nil {
				s.Close()
				return 0, err
			}
		}
		if err := s.Close(); err != nil {
			return 0, err
		}
		after, err := bytesToDisk()
		return after - before, err
	})
}

// bytesToDisk is what this process has caused to be written to disks so far.
func bytesToDisk() (float64, error) {
	f, err := os.Open("/proc/self/io")
	if err != nil {
		return 0, skipped{err.Error()}
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "write_bytes: "); ok {
			var n float64
			_, err := fmt.Sscan(rest, &n)
			return n, err
		}
	}
	return 0, skipped{"the system does not count written bytes"}
}
