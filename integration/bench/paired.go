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
	x, err := b.paired(what, plain, ours)
	if err == nil {
		b.add(what, median(x.ratios), "× plain", t, rate(median(x.ours)), rate(median(x.plain)))
	}
	return err
}

// inverse is ratio for the time of one operation.
func (b *bench) inverse(what, unit string, t target, plain, ours side) error {
	x, err := b.paired(what, plain, ours)
	if err == nil {
		b.add(what, 1/median(x.ratios), unit, t, rate(median(x.ours)), rate(median(x.plain)))
	}
	return err
}

// pairs are operations per second of both sides, measured in turns.
type pairs struct{ ratios, plain, ours []float64 }

func (b *bench) paired(what string, plain, ours side) (x pairs, err error) {
	for range b.rounds {
		p, err := b.once(plain)
		if err != nil {
			return x, fmt.Errorf("%s: plain: %w", what, err)
		}
		o, err := b.once(ours)
		if err != nil {
			return x, fmt.Errorf("%s: %w", what, err)
		}
		x.ratios, x.plain, x.ours = append(x.ratios, o/p), append(x.plain, p), append(x.ours, o)
	}
	return x, nil
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

// size is what the files of a directory take on disk, in bytes: the blocks that they
// occupy, as some are longer than what was written to them, up to their ends.
func size(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		var s syscall.Stat_t
		if err := syscall.Stat(path, &s); err != nil {
			return err
		}
		total += min(s.Size, s.Blocks*512) // some file systems keep blocks behind the end for what is appended next
		return nil
	})
	return total, err
}
