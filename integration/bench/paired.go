package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"
)

// side measures one of the two on a fresh directory and returns operations per
// second.
type side func(dir string) (float64, error)

// ratio measures both sides in turns and adds the median of ours/plain.
func (b *bench) ratio(what string, t target, plain, ours side) error {
	var ratios, theirs, mine []float64
	for range b.rounds {
		p, err := b.once(plain)
		if err != nil {
			return fmt.Errorf("%s: plain: %w", what, err)
		}
		o, err := b.once(ours)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		ratios, theirs, mine = append(ratios, o/p), append(theirs, p), append(mine, o)
	}
	b.add(what, median(ratios), "× plain", t, rate(median(mine)), rate(median(theirs)))
	return nil
}

// once runs one side on a directory that is removed afterwards.
func (b *bench) once(s side) (float64, error) {
	dir, err := b.newDir()
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	return s(dir)
}

func (b *bench) newDir() (string, error) {
	return os.MkdirTemp(b.dir, "store-")
}

func median(v []float64) float64 { return percentile(v, 0.5) }

// percentile is the smallest value that at least the fraction p does not
// exceed.
func percentile(v []float64, p float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return s[min(len(s)-1, int(p*float64(len(s))))]
}

// spread lets workers share n operations and returns operations per second.
func spread(workers, n int, op func(i int) error) (float64, error) {
	var wait sync.WaitGroup
	errs := make(chan error, workers)
	start := time.Now()
	for w := range workers {
		wait.Go(func() {
			for i := w; i < n; i += workers {
				if err := op(i); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wait.Wait()
	took := time.Since(start)
	select {
	case err := <-errs:
		return 0, err
	default:
		return float64(n) / took.Seconds(), nil
	}
}

// size is what a directory takes on disk, in bytes: the blocks that its files
// occupy, as some are longer than what was written to them.
func size(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		var s syscall.Stat_t
		if err := syscall.Stat(path, &s); err != nil {
			return err
		}
		total += s.Blocks * 512
		return nil
	})
	return total, err
}
