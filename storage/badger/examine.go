package badger

import "errors"

// Examine is Inspect that changes nothing, reads the tables whatever their size,
// and goes on behind the first damage. It fails with ErrSealed for an encrypted store.
func Examine(dir string) (found []DamageError, err error) {
	if err := checkSeal(dir, nil); errors.Is(err, ErrSealed) {
		return nil, err
	}
	lock, err := lockDir(dir, false)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	i := inspection{dir: dir}
	var list tableList
	if i.tables, list, err = tablesIn(dir); err != nil {
		return nil, err
	}
	for _, id := range i.tables {
		if list.unfinished(id) {
			continue
		}
		what, err := checkTable(dir, id, nil)
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
