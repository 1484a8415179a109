package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// tally counts inputs over several runs, in a file; "" is none.
type tally struct {
	file  string
	tried map[string]int64 // by target
}

func loadTally(file string) (*tally, error) {
	t := &tally{file, map[string]int64{}}
	if file == "" {
		return t, nil
	}
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return t, os.MkdirAll(filepath.Dir(file), 0o700)
	}
	if err == nil {
		err = json.Unmarshal(b, &t.tried)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return t, nil
}

// of is how many inputs a target was given.
func (t *tally) of(target target) int64 { return t.tried[target.String()] }

// add counts inputs of a target, and notes it.
func (t *tally) add(of target, n int64) error {
	t.tried[of.String()] += n
	if t.file == "" {
		return nil
	}
	b, err := json.MarshalIndent(t.tried, "", "\t")
	if err != nil {
		return err
	}
	next := t.file + ".next"
	if err := os.WriteFile(next, append(b, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(next, t.file)
}

func (t *tally) total() (n int64) {
	for _, k := range t.tried {
		n += k
	}
	return n
}
