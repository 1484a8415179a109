package badger

import (
	"bytes"
	"errors"
)

// Examine is Inspect that changes nothing, reads the tables whatever their size,
// and goes on behind the first damage. It fails with ErrSealed, ErrPlain and
// ErrWrongKey if key is not that of the store.
func Examine(dir string, key []byte) (found []DamageError, err error) {
	err = checkSeal(dir, key)
	if opens, e := keyOpens(dir, key); errors.Is(err, ErrWrongKey) && opens && e == nil {
		found, err = append(found, DamageError{dir, keyRegistry, "its beginning is damaged"}), nil
	}
	if errors.Is(err, ErrSealed) || errors.Is(err, ErrPlain) || errors.Is(err, ErrWrongKey) {
		return nil, err
	}
	lock, err := lockDir(dir, false)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	i := inspection{dir: dir, encrypted: len(key) > 0}
	damaged := ""
	if i.keys, damaged, err = readKeys(dir, key); err != nil {
		return nil, err
	}
	if damaged != "" {
		found = append(found, DamageError{dir, keyRegistry, damaged})
	}
	var list tableList
	if i.tables, list, err = tablesIn(dir); err != nil {
		return nil, err
	}
	var room bytes.Buffer
	for _, id := range i.tables {
		if list.unfinished(id) {
			continue
		}
		what, err := checkTable(dir, id, i.keys, &room)
		if err != nil {
			return found, err
		}
		if what != "" {
			found = append(found, DamageError{dir, tableName(id), what})
		}
	}
	for _, check := range []func() error{i.manifest, i.logs, i.valueLogs} {
		err := check()
		var d *DamageError
		if errors.As(err, &d) {
			found, err = append(found, *d), nil
		}
		if err != nil {
			return found, err
		}
	}
	return found, nil
}
