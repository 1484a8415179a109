package badger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	badgerdb "github.com/dgraph-io/badger/v4"
)

// DamageError is returned by Inspect when the files of a store are not as they
// were written, so that Badger would refuse them, or would open them and leave
// out, or delete, what it cannot account for.
type DamageError struct {
	Dir, File string
	What      string
}

// Error names the file.
func (e *DamageError) Error() string {
	return fmt.Sprintf("store %s: %s: %s", e.Dir, e.File, e.What)
}

// Inspect reads, of a store that is not open, what Badger believes when it
// opens it: the manifest, which names the tables (those that it does not name are
// deleted), and the write-ahead logs (what is behind the first damaged entry is cut
// off). It changes nothing, but for a registry of keys that says nothing because the store is not
// encrypted, and is put aside as KEYREGISTRY.damaged: Badger makes a new one. It fails with *DamageError,
// and with *ErrLocked while the store is open. A directory that does not exist is sound.
func Inspect(dir string, key []byte) (err error) {
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	lock, err := lockDir(dir, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	i := inspection{dir: dir, encrypted: len(key) > 0}
	if err := i.registry(); err != nil {
		return err
	}
	if err := checkSeal(dir, key); errors.Is(err, ErrSealed) || errors.Is(err, ErrPlain) {
		return err // nothing is known to be damaged: it cannot be read
	} else if errors.Is(err, ErrWrongKey) {
		if opens, e := keyOpens(dir, key); e != nil || !opens {
			return errors.Join(err, e)
		}
		return i.damaged(keyRegistry, "its beginning says that the key is another, but the files are encrypted with this one")
	}
	if i.keys, err = openKeys(dir, key); err != nil {
		return i.damaged(keyRegistry, "%v", err)
	}
	if i.tables, _, err = tablesIn(dir); err != nil {
		return err
	}
	for _, check := range []func() error{i.tablesSound, i.manifest, i.logs, i.valueLogs} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

type inspection struct {
	dir       string
	encrypted bool
	keys      *dataKeys
	tables    []uint64
}

func (i inspection) damaged(file, format string, a ...any) error {
	return &DamageError{i.dir, file, fmt.Sprintf(format, a...)}
}

// registry looks at the registry of keys of a store without any. What it begins
// with is a text, which a key turns into noise; a text in which a few bits are
// wrong is damage.
func (i inspection) registry() error {
	const name = "KEYREGISTRY"
	path := filepath.Join(i.dir, name)
	b, err := os.ReadFile(path)
	if i.encrypted || errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	const nonce = 16
	if len(b) > 0 && usedOf(b) == 0 { // noise it is not
		return os.Rename(path, path+".damaged")
	}
	wrong := 0
	for n := range min(len(greeting), max(0, len(b)-nonce)) {
		wrong += bits.OnesCount8(b[nonce+n] ^ greeting[n])
	}
	short := nonce + len(greeting) - len(b)
	if short <= 0 && (wrong == 0 || wrong > len(greeting)) && len(b) <= nonce+len(greeting) || wrong > len(greeting) {
		return nil
	}
	return os.Rename(path, path+".damaged")
}

func replay(f *os.File) (m badgerdb.Manifest, end int64, err error) {
	defer guard(&err)
	return badgerdb.ReplayManifestFile(f, 0, badgerdb.DefaultOptions(""))
}

// unnamed looks for tables which the manifest does not name and of which something is nowhere
// else: a stop in the middle of a compaction leaves copies, and a manifest that has lost its
// end leaves the only ones.
func (i inspection) unnamed(t tableList, off string) error {
	var extra []uint64
	for _, id := range i.tables {
		if !t.named[id] {
			extra = append(extra, id)
		}
	}
	if len(extra) == 0 {
		return nil
	}
	wanted := map[string]uint64{} // key → version
	for _, id := range extra {
		its := map[string]uint64{}
		err := eachOfTable(i.dir, id, i.keys, func(e entry) error {
			its[string(e.key)] = max(its[string(e.key)], e.version)
			return nil
		}, nil)
		if err != nil {
			continue // it never was complete, or never was in use
		}
		for key, version := range its {
			wanted[key] = max(wanted[key], version)
		}
	}
	seen := func(e entry) error {
		if v, is := wanted[string(e.key)]; is && e.version >= v {
			delete(wanted, string(e.key))
		}
		return nil
	}
	for id := range t.named {
		if err := eachOfTable(i.dir, id, i.keys, seen, func(int, keySpan) {}); err != nil {
			return err
		}
	}
	logs, err := numbered(i.dir, ".mem")
	if err != nil {
		return err
	}
	all := func(tx []entry) error {
		for _, e := range tx {
			_ = seen(e) // has none
		}
		return nil
	}
	for _, id := range logs {
		if _, err := readLog(i.dir, id, i.keys, all, all); err != nil {
			return err
		}
	}
	if len(wanted) > 0 {
		return i.damaged(manifestName, off+"does not name %d tables with %d entries that are nowhere else", len(extra), len(wanted))
	}
	return nil
}

// logs reads the write-ahead logs to their ends.
func (i inspection) logs() error {
	all, err := readLogs(i.dir, i.keys)
	if err != nil {
		return err
	}
	if id, what := damagedLog(all, func() uint64 { return newestIn(i.dir, i.keys) }); what != "" {
		return i.damaged(logName(int(id)), "%s", what)
	}
	return nil
}

// valueLogs makes sure that the value logs, in which nothing is, do not say that
// they are encrypted.
func (i inspection) valueLogs() error {
	for _, ext := range []string{".vlog", ".mem"} {
		ids, err := numbered(i.dir, ext)
		if err != nil || i.encrypted {
			return err
		}
		for _, id := range ids {
			name := fmt.Sprintf("%0*d%s", map[string]int{".vlog": 6, ".mem": 5}[ext], id, ext)
			head, err := readHead(filepath.Join(i.dir, name), 8)
			if err != nil {
				return err
			}
			if len(head) == 8 && binary.BigEndian.Uint64(head) != 0 {
				return i.damaged(name, "says that it is encrypted")
			}
		}
	}
	return nil
}

// readHead reads at most n bytes.
func readHead(path string, n int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, n))
}

// numbered lists the files of a kind by their numbers.
func numbered(dir, ext string) (ids []uint64, err error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*"+ext))
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		if n, err := strconv.ParseUint(strings.TrimSuffix(filepath.Base(path), ext), 10, 64); err == nil {
			ids = append(ids, n)
		}
	}
	slices.Sort(ids)
	return ids, nil
}
