package badger

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	badgerdb "github.com/dgraph-io/badger/v4"
)

// Lost are keys, [From, To), of which something could not be read: To nil is the
// end. What is found of them may be older than what was last written.
type Lost struct{ From, To []byte }

// Rebuilt is what Rebuild has done.
type Rebuilt struct {
	Tables, Logs int
	Entries      int      // versions of keys that were read
	Lost         []Lost   // in no order
	Damage       []string // what could not be read, for people
	// Later are what the transactions have written that were in a log behind one
	// that could not be read, and were not taken in: the last value of each key.
	Later map[string][]byte
}

// Whole reports that nothing is missing: what was rebuilt is what the store was.
func (r Rebuilt) Whole() bool { return len(r.Damage) == 0 }

// Rebuild makes a new store in the empty directory to from the tables and logs
// of the one in from, which is not open and is not changed: without its manifest, and
// with everything that has the checksum that it was written with. Of a log,
// only what is in front of the first damage is taken in, as Badger does. It
// fails when files cannot be read at all, and for an encrypted store, whose files
// say nothing without Badger.
func Rebuild(ctx context.Context, from, to string, o Options) (r Rebuilt, err error) {
	if len(o.Key) > 0 {
		return r, errors.New("an encrypted store cannot be rebuilt from its files")
	}
	o.ReadOnly, o.InMemory = false, false
	settings, err := o.settings(to)
	if err != nil {
		return r, err
	}
	settings.Logger = bridge{log: o.Logger, rotate: func() {}}
	defer guard(&err)
	db, err := badgerdb.OpenManaged(settings)
	if err != nil {
		return r, err
	}
	b := &rebuilding{Rebuilt: &r, from: from, db: db, batch: db.NewManagedWriteBatch(), ctx: ctx}
	r.Later = map[string][]byte{}
	err = errors.Join(b.tables(), b.logs())
	if err == nil {
		err = b.batch.Flush()
	} else {
		b.batch.Cancel()
	}
	return r, errors.Join(err, closeDB(db))
}

type rebuilding struct {
	*Rebuilt
	from  string
	db    *badgerdb.DB
	batch *badgerdb.WriteBatch
	ctx   context.Context
}

func (b *rebuilding) damaged(format string, a ...any) {
	b.Damage = append(b.Damage, fmt.Sprintf(format, a...))
}

// tables takes in what the tables hold.
func (b *rebuilding) tables() error {
	ids, err := numbered(b.from, ".sst")
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := b.ctx.Err(); err != nil {
			return err
		}
		b.Tables++
		err := eachOfTable(b.from, id, b.take, func(block int, keys keySpan) {
			b.Lost = append(b.Lost, Lost{keys.from, keys.to})
			if block < 0 {
				b.damaged("table %d cannot be read", id)
				return
			}
			b.damaged("block %d of table %d cannot be read", block, id)
		})
		if err != nil {
			return fmt.Errorf("table %d: %w", id, err)
		}
	}
	return nil
}

// logs takes in what the logs hold; where one breaks off, the ones behind it are
// as what is behind the damage.
func (b *rebuilding) logs() error {
	ids, err := numbered(b.from, ".mem")
	if err != nil {
		return err
	}
	whole := func(tx []entry) error {
		for _, e := range tx {
			if err := b.take(e); err != nil {
				return err
			}
		}
		return nil
	}
	later := func(tx []entry) error {
		for _, e := range tx {
			if !bytes.HasPrefix(e.key, []byte("!")) {
				b.Later[string(e.key)] = bytes.Clone(e.value)
			}
		}
		return nil
	}
	logs, err := readLogs(b.from, nil)
	if err != nil {
		return err
	}
	_, damage := damagedLog(logs)
	broken, torn := false, damage == "" // then one that breaks off was torn by a power cut
	for _, id := range ids {
		b.Logs++
		first := whole
		if broken {
			first = later
		}
		behind := later
		if torn {
			behind = nil
		}
		r, err := readLog(b.from, id, nil, first, behind)
		if err != nil {
			return err
		}
		if r.broken && !torn {
			broken = true
			b.damaged("log %d cannot be read from byte %d on", id, r.end)
		}
	}
	return nil
}

// take takes in one version of one key.
func (b *rebuilding) take(e entry) error {
	if bytes.HasPrefix(e.key, []byte("!badger!")) || e.meta&metaPointer != 0 {
		return nil
	}
	b.Entries++
	if e.deleted() {
		return b.batch.DeleteAt(bytes.Clone(e.key), e.version)
	}
	return b.batch.SetEntryAt(&badgerdb.Entry{Key: bytes.Clone(e.key), Value: bytes.Clone(e.value), UserMeta: e.tails}, e.version)
}
