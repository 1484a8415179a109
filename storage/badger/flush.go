package badger

import (
	"cmp"

	badgerdb "github.com/dgraph-io/badger/v4"
)

const (
	// flushFrom is from how many bytes in a memtable on a store at rest makes a table of it: fewer are
	// not worth a table, which compactions write again.
	flushFrom = 2 << 20
	// flushRoom is how many memtables must have room on the disk beside it: the table, and the next log, and as much again.
	flushRoom = 4
)

// flushKey is what the commit removes that finds the memtable full. Nothing was ever there.
var flushKey = []byte{reserved, 'r', 'e', 's', 't'}

// flush makes a table of the memtable if it holds so many bytes, and reports whether it has begun to. It does so as when one is full, by
// a commit that finds it so, the content of which stands for nothing: before that nothing is different, and after it Badger
// is where it would be with a full memtable. A disk that is nearly full is left as it is: there the log that
// exists has room for more than what a table would leave.
func (s *Store) flush(m memtable, from int) (began bool, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.calls.enter(); err != nil {
		return false, nil // closed
	}
	defer s.calls.end()
	if _, used := m.content(s.db); used < from || s.readOnly || s.writable() != nil || !s.space.roomy(flushRoom) || s.space.ready() != nil {
		return false, nil
	}
	txn := s.db.NewTransactionAt(s.idle.versions.last.Load(), true)
	defer txn.Discard()
	if err := deletion(txn, flushKey); err != nil {
		return false, err
	}
	m.full(s.db)
	version := s.idle.versions.next()
	if err := commit(txn, version); err != nil {
		s.failed = err
		return false, err
	}
	s.idle.committed(version)
	return true, nil
}

// roomy reports whether the disk has room for so many memtables besides what is taken already.
func (s *space) roomy(memtables int64) bool {
	has, err := free(cmp.Or(s.dir, "."))
	return err == nil && has >= memtables*s.log
}

func deletion(txn *badgerdb.Txn, key []byte) (err error) {
	defer guard(&err)
	return translate(txn.Delete(key))
}
