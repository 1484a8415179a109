package badger

import (
	"bytes"

	badgerdb "github.com/dgraph-io/badger/v4"

	"github.com/crdtstore/crdtstore/storage"
)

// cursor is one Scan. It does not let Badger prefetch values, which takes a
// goroutine for each and gains nothing where values lie beside their keys.
type cursor struct {
	reader
	options storage.ScanOptions
	it      *badgerdb.Iterator
}

// seek moves to the first item, and reports whether there is one.
func (c *cursor) seek() (more bool, err error) {
	defer guard(&err)
	o := c.options
	if o.End != nil && bytes.Compare(o.Start, o.End) >= 0 {
		return false, nil
	}
	c.it = c.txn.NewIterator(badgerdb.IteratorOptions{
		Reverse: o.Reverse,
		Prefix:  commonPrefix(o),
	})
	if o.Reverse {
		c.it.Seek(o.End)
		if len(o.End) > 0 && c.it.Valid() && bytes.Equal(c.it.Item().Key(), o.End) {
			c.it.Next()
		}
	} else {
		c.it.Seek(o.Start)
	}
	return c.inRange(), nil
}

// next moves on.
func (c *cursor) next() (more bool, err error) {
	defer guard(&err)
	c.it.Next()
	return c.inRange(), nil
}

// inRange skips keys that are not the caller's, and reports whether there is
// an item inside the range.
func (c *cursor) inRange() bool {
	for c.it.Valid() && c.it.Item().Key()[0] == reserved {
		c.it.Next()
	}
	if !c.it.Valid() {
		return false
	}
	key := c.it.Item().Key()
	if c.options.Reverse {
		return bytes.Compare(key, c.options.Start) >= 0
	}
	return c.options.End == nil || bytes.Compare(key, c.options.End) < 0
}

// item reads the item that the cursor is at.
func (c *cursor) item() (item storage.Item, err error) {
	defer guard(&err)
	current := c.it.Item()
	item.Key = current.Key()
	if c.options.KeysOnly {
		return item, nil
	}
	err = current.Value(func(v []byte) error {
		item.Value = v // lives as long as the item; see get
		return nil
	})
	if n := current.UserMeta(); err == nil && n > 0 {
		item.Value, err = c.withTails(item.Key, item.Value, int(n))
	}
	if err != nil {
		return storage.Item{}, translate(err)
	}
	if item.Value == nil {
		item.Value = []byte{}
	}
	return item, nil
}

func (c *cursor) close() {
	if c.it != nil {
		c.it.Close()
	}
}

// commonPrefix is a prefix that all keys of the range share. Badger uses it
// to leave out tables, and, backwards, needs to find it in End too.
func commonPrefix(o storage.ScanOptions) []byte {
	n := 0
	for n < len(o.Start) && n < len(o.End) && o.Start[n] == o.End[n] {
		n++
	}
	if !o.Reverse && n < len(o.Start) && n+1 == len(o.End) && o.Start[n]+1 == o.End[n] {
		n++ // from "ab" to "ac" are the keys that begin with "ab"
	}
	return o.Start[:n]
}
