package badger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// suspect is a file in the directory of a store in which a check has found a
// damaged table: the next Inspect says so, and Badger is not let near it again,
// whose compactions end the process when they meet it.
const suspect = "SUSPECT"

// atOnce is how many bytes of tables Inspect checks: those of small stores are
// known to be sound before anything is read of them, others are checked by
// CheckTables while the store is in use.
const atOnce = 32 << 20

// tablesSound checks the tables of a small store, and what a check of a large one
// has left.
func (i inspection) tablesSound() error {
	if b, err := readHead(filepath.Join(i.dir, suspect), 1<<10); err == nil {
		return i.damaged(suspect, "%s", b)
	}
	var size int64
	for _, id := range i.tables {
		info, err := os.Stat(tablePath(i.dir, id))
		if err != nil {
			return err
		}
		size += info.Size()
	}
	if size > atOnce {
		return nil
	}
	list, err := readTables(i.dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, errManifest) {
		return err
	}
	var room bytes.Buffer
	for _, id := range i.tables {
		if list.unfinished(id) {
			continue
		}
		what, err := checkTable(i.dir, id, i.keys, &room)
		if err != nil {
			return err
		}
		if what != "" {
			return i.damaged(tableName(id), "%s", what)
		}
	}
	return nil
}

// checkTable says what is damaged of a table, which it reads into room; "" is nothing.
func checkTable(dir string, id uint64, keys *dataKeys, room *bytes.Buffer) (what string, err error) {
	f, err := os.Open(tablePath(dir, id))
	if err != nil {
		return "", err
	}
	defer f.Close()
	room.Reset()
	if info, err := f.Stat(); err == nil {
		room.Grow(int(info.Size()) + bytes.MinRead)
	}
	if _, err := room.ReadFrom(f); err != nil {
		return "", err
	}
	t, err := openRawTable(room.Bytes(), keys)
	switch {
	case err != nil:
		return err.Error(), nil
	case !t.sound:
		return "the checksum of its index differs", nil
	}
	for n := range t.blocks {
		if _, err := t.content(n); err != nil {
			return fmt.Sprintf("block %d of %d: %v", n, len(t.blocks), err), nil
		}
	}
	return "", nil
}

// CheckTables reads the tables of a store that is open, each block against its
// checksum. It calls pace after each table with its bytes, and stops when that
// returns false. What it finds is noted, so that the next Inspect fails: a store
// that is rebuilt is the only one in which the damage is in nobody's way.
func (s *Store) CheckTables(ctx context.Context, pace func(bytes int64) bool) (found []DamageError, err error) {
	if s.dir == "" {
		return nil, nil
	}
	if err := s.calls.begin(); err != nil {
		return nil, err
	}
	defer s.calls.end()
	tables := s.db.Tables()
	keys, err := openKeys(s.dir, s.db.Opts().EncryptionKey) // those of all tables are there
	if err != nil {
		return nil, err
	}
	var room bytes.Buffer
	for _, t := range tables {
		if ctx.Err() != nil {
			return found, ctx.Err()
		}
		what, err := checkTable(s.dir, t.ID, keys, &room)
		if errors.Is(err, os.ErrNotExist) {
			continue // compacted
		}
		if err != nil {
			return found, err
		}
		if what != "" {
			found = append(found, DamageError{s.dir, tableName(t.ID), what})
			if err := os.WriteFile(filepath.Join(s.dir, suspect), []byte(found[0].File+": "+what), 0o600); err != nil {
				return found, err
			}
		}
		if !pace(int64(t.OnDiskSize)) {
			return found, nil
		}
	}
	return found, nil
}
