package badger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

func tableName(id uint64) string { return fmt.Sprintf("%06d.sst", id) }

func tablePath(dir string, id uint64) string { return filepath.Join(dir, tableName(id)) }

// eachOfTable calls fn with every entry of a table, and broken with each block that cannot be
// read; without broken that is an error, as it is when nothing of the table can be read.
func eachOfTable(dir string, id uint64, keys *dataKeys, fn func(entry) error, broken func(block int, keys keySpan)) error {
	data, err := os.ReadFile(tablePath(dir, id))
	if err != nil {
		return err
	}
	t, err := openRawTable(data, keys)
	if err != nil {
		if broken == nil {
			return err
		}
		broken(-1, keySpan{})
		return nil
	}
	return t.all(fn, broken)
}

// all calls fn with every entry of the table, and broken with each block that cannot be read;
// without broken that is an error.
func (t *rawTable) all(fn func(entry) error, broken func(block int, keys keySpan)) error {
	for n := range t.blocks {
		err := t.each(n, fn)
		if errors.Is(err, errBlock) && broken != nil {
			broken(n, t.span(n))
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}
