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
	// Later are the transactions that were in a log from one on that could not be
	// read as a whole, and were not taken in, oldest first: keys with their values, and with nil where they
	// were deleted. An empty one stands for what is missing there: keys of the one before it, or transactions.
	Later []map[string][]byte
}

// Whole reports that nothing is missing: what was rebuilt is what the store was.
func (r Rebuilt) Whole() bool { return len(r.Damage) == 0 }

// Rebuild makes a new store in the empty directory to from the tables and logs
// of the one in from, which is not open and is not changed: without its manifest, and
// with everything that has the checksum that it was written with. Of a log,
// only what is in front of the first damage is taken in, as Badger does. An encrypted
// store is read with its key (o.Key), and the new one is encrypted with it too. It
// fails when files cannot be read at all.
func Rebuild(ctx context.Context, from, to string, o Options) (r Rebuilt, err error) {
	o.ReadOnly, o.InMemory = false, false
	settings, err := o.settings(to)
	if err != nil {
		return r, err
	}
	settings.Logger = bridge{log: o.Logger, rotate: func() {}}
	b := &rebuilding{Rebuilt: &r, from: from, ctx: ctx}
	damaged := ""
	if b.keys, damaged, err = readKeys(from, o.Key); err != nil {
		return r, err
	}
	if damaged != "" {
		b.damaged("%s: %s", keyRegistry, damaged)
	}
	defer guard(&err)
	if b.db, err = badgerdb.OpenManaged(settings); err != nil {
		return r, err
	}
	b.batch = b.db.NewManagedWriteBatch()
	if err = b.tables(); err == nil {
		err = b.logs()
	}
	if err == nil {
		err = b.batch.Flush()
	} else {
		b.batch.Cancel()
	}
	if closed := closeDB(b.db); err == nil {
		err = closed
	}
	return r, err
}

type rebuilding struct {
	*Rebuilt
	from  string
	keys  *dataKeys
	db    *badgerdb.DB
	batch *badgerdb.WriteBatch
	ctx   context.Context
}

func (b *rebuilding) damaged(format string, a ...any) {
	b.Damage = append(b.Damage, fmt.Sprintf(format, a...))
}

// tables takes in what the tables hold.
func (b *rebuilding) tables() error {
	ids, list, err := tablesIn(b.from)
	if err != nil {
		return err
	}
	ends := tableEnds{dir: b.from, keys: b.keys}
	for _, id := range ids {
		if err := b.ctx.Err(); err != nil {
			return err
		}
		b.Tables++
		err := eachOfTable(b.from, id, b.keys, b.take, func(block int, keys keySpan) {
			if list.unfinished(id) {
				return
			}
			if keys.to == nil && block >= 0 {
				keys.to = ends.of(id, keys.from)
			}
			b.Lost = append(b.Lost, Lost{bytes.Clone(keys.from), keys.to})
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
	ids, err := numbered(b.from, logSuffix)
	if err != nil {
		return err
	}
	logs, read, err := b.readable(ids)
	if err != nil {
		return err
	}
	_, damage := damagedLog(logs, func() uint64 { return newestIn(b.from, b.keys) })
	broken, torn := len(read) < len(ids), damage == "" // then one that breaks off was torn by a power cut
	if broken {
		b.Later = append(b.Later, map[string][]byte{})
	}
	for _, l := range read {
		b.Logs++
		first, behind := b.whole, b.later
		if broken {
			first = b.later
		}
		if torn {
			behind = nil
		}
		r, err := l.read(first, behind)
		if err != nil {
			return err
		}
		if r.broken && !torn {
			broken = true
			b.damaged("log %d cannot be read from byte %d on", l.id, r.end)
			if err := b.later(nil); err != nil { // of what it ended with nothing may be left
				return err
			}
		}
	}
	return nil
}

// numberedLog is a log and its number.
type numberedLog struct {
	*rawLog
	id uint64
}

// readable opens the logs; of those whose key is not there nothing can be read.
func (b *rebuilding) readable(ids []uint64) (logs []logFile, read []numberedLog, err error) {
	for _, id := range ids {
		l, err := openLog(b.from, id, b.keys)
		var damage *DamageError
		if errors.As(err, &damage) {
			b.damaged("log %d cannot be read: %v", id, err)
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		read = append(read, numberedLog{l, id})
		if len(l.data) > 0 {
			logs = append(logs, l.file(id))
		}
	}
	return logs, read, nil
}

// whole takes in a transaction.
func (b *rebuilding) whole(tx []entry) error {
	for _, e := range tx {
		if err := b.take(e); err != nil {
			return err
		}
	}
	return nil
}

// later keeps a transaction that is behind a damage, or that something is missing.
func (b *rebuilding) later(tx []entry) error {
	written := make(map[string][]byte, len(tx))
	for _, e := range tx {
		switch {
		case len(e.key) == 0 || e.key[0] == reserved:
		case e.deleted():
			written[string(e.key)] = nil
		default:
			written[string(e.key)] = append([]byte{}, e.value...)
		}
	}
	b.Later = append(b.Later, written)
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
