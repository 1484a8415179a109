package main

import (
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// file is one that can be damaged.
type file struct {
	path string // inside the data directory
	kind string
	used int64 // bytes up to the last that is not zero
	// entries are those of a write-ahead log. Most are of some hundred bytes, and most bytes are in a few
	// long ones: a place that is chosen by its byte alone misses what stands in a few entries.
	entries []entry
}

// files lists those of a data directory, by kind.
func files(dir string) (map[string][]file, error) {
	all := map[string][]file{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name := d.Name()
		kind := strings.TrimPrefix(filepath.Ext(name), ".")
		if kind == "" {
			kind = name
		}
		if kind == "LOCK-pid" {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		used := int64(len(strings.TrimRight(string(b), "\x00")))
		var parts []entry
		if kind == logKind {
			if parts, err = entries(path); err != nil {
				return err
			}
		}
		if used > 0 {
			all[kind] = append(all[kind], file{inside, kind, used, parts})
		}
		return nil
	})
	return all, err
}

// damage is what is done to one file.
type damage struct {
	file
	cut  bool
	zero bool  // a sector becomes zeros
	at   int64 // byte
	bit  int
}

// logKind is the kind of write-ahead logs.
const logKind = "mem"

// key is that of the entry of a log that is damaged, or nothing.
func (d damage) key() string {
	for _, e := range d.entries {
		if e.at <= d.at && d.at < e.at+e.size {
			return fmt.Sprintf(", in %.60q", e.key)
		}
	}
	return ""
}

// sector is what a disk loses at least.
const sector = 512

func (d damage) String() string {
	if d.cut {
		return fmt.Sprintf("%s cut at byte %d of %d", d.path, d.at, d.used) + d.key()
	}
	if d.zero {
		return fmt.Sprintf("%s zeros from byte %d of %d", d.path, d.at, d.used) + d.key()
	}
	return fmt.Sprintf("%s bit %d of byte %d of %d", d.path, d.bit, d.at, d.used) + d.key()
}

// choose picks a kind, if it is not said which, then a file, then a place: one in eight is a cut, one in
// sixteen a sector of zeros. In every second log it is an entry that is picked, then a place in it.
func choose(r *rand.Rand, all map[string][]file, only narrow) damage {
	var kinds []string
	for kind := range all {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	if r.IntN(2) == 0 { // most of what is stored is here
		kinds = []string{"sst", "mem"}
		kinds = slices.DeleteFunc(kinds, func(k string) bool { return len(all[k]) == 0 })
	}
	if only.key != "" {
		only.kind = logKind
	}
	if len(all[only.kind]) > 0 {
		kinds = []string{only.kind}
	}
	of := all[kinds[r.IntN(len(kinds))]]
	d := damage{file: of[r.IntN(len(of))], cut: r.IntN(8) == 0, bit: r.IntN(8)}
	d.at = r.Int64N(d.used)
	logged := slices.DeleteFunc(slices.Clone(d.entries), func(e entry) bool { return !strings.HasPrefix(e.key, only.key) })
	if len(logged) > 0 && (only.key != "" || r.IntN(2) == 0) {
		e := logged[r.IntN(len(logged))]
		d.at = min(e.at+r.Int64N(e.size), d.used-1)
	}
	if d.zero = !d.cut && r.IntN(14) == 0; d.zero {
		d.at -= d.at % sector
	}
	return d
}

// apply damages the file in a copy of the directory.
func (d damage) apply(dir string) error {
	path := filepath.Join(dir, d.path)
	if d.cut {
		return os.Truncate(path, d.at)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if d.zero {
		_, err := f.WriteAt(make([]byte, min(sector, d.used-d.at)), d.at)
		return err
	}
	var b [1]byte
	if _, err := f.ReadAt(b[:], d.at); err != nil {
		return err
	}
	b[0] ^= 1 << d.bit
	_, err = f.WriteAt(b[:], d.at)
	return err
}

// copyDir copies a directory; zeros become holes.
func copyDir(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, inside)
		if d.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		return copyFile(path, target)
	})
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	buf, at := make([]byte, 1<<16), int64(0)
	zero := make([]byte, len(buf))
	for {
		n, err := in.Read(buf)
		if n > 0 && string(buf[:n]) != string(zero[:n]) {
			if _, err := out.WriteAt(buf[:n], at); err != nil {
				return err
			}
		}
		at += int64(n)
		if err == io.EOF {
			return out.Truncate(at)
		}
		if err != nil {
			return err
		}
	}
}
