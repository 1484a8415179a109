package badger

import (
	"fmt"
	"log/slog"

	badgerdb "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// Profile is a choice between memory and throughput. The files of one
// profile can be opened with the other.
type Profile string

const (
	// Edge is for small devices, and the default: 16 MiB of memory for what
	// is not yet in a table.
	Edge Profile = "edge"
	// Server takes more memory for fewer, larger compactions.
	Server Profile = "server"
)

// Options configure Open. The zero value is the edge profile, in a directory,
// to read and write, without a log.
type Options struct {
	// Profile is Edge or Server; empty means Edge.
	Profile Profile
	// InMemory keeps everything in memory; the directory must be empty.
	InMemory bool
	// ReadOnly refuses Update. The directory must exist and must have been
	// closed cleanly; it may be open read-only several times.
	ReadOnly bool
	// Key, of 32 bytes, encrypts what is stored (AES-256, each file with a key of
	// its own, kept under this one); nil does not. A store is opened with the same
	// key each time.
	Key []byte
	// Spare is called when the disk is full. It frees what was kept for this case
	// and reports whether there was anything; it must not call the store. nil
	// means that there is nothing.
	Spare func() bool
	// Rested is called, with the edge profile and to read and write in a directory, when the store was
	// used and then left alone for five seconds, and has let go of memory that it does not need: what was used
	// meanwhile may be given back, as debug.FreeOSMemory does. It must not call the store, whose Close
	// waits for it. nil is nothing.
	Rested func()
	// Logger receives what Badger reports, as debug and as warnings; nil
	// drops it.
	Logger *slog.Logger
}

// valueThreshold is the length of a value from which Badger would move it to
// its value log, the largest that it allows. We split longer values (see
// tail), because the value log is not synced reliably and its
// read errors look like empty values.
const valueThreshold = 1 << 20

// settings are the Badger options of a profile;
// docs/decisions/0002-badger-profiles.md has the measurements behind them.
func (o Options) settings(dir string) (badgerdb.Options, error) {
	s := badgerdb.DefaultOptions(dir).
		WithInMemory(o.InMemory).
		WithReadOnly(o.ReadOnly).
		WithSyncWrites(false).
		WithDetectConflicts(false). // Update is serialised
		WithMetricsEnabled(false).
		WithNumVersionsToKeep(1).
		WithCompactL0OnClose(true).
		WithCompression(options.None). // then tables are read where they are mapped,
		WithBlockCacheSize(0).         // and the page cache is the cache
		WithValueThreshold(valueThreshold)
	switch o.Profile {
	case Edge, "":
		s = s.WithMemTableSize(16 << 20). // a transaction holds 15 % of it: storage.MinTxSize
							WithBaseTableSize(2 << 20).
							WithNumMemtables(2).
							WithNumLevelZeroTables(2).
							WithNumLevelZeroTablesStall(4).
							WithNumCompactors(2).
							WithValueLogFileSize(16 << 20)
		s.TableSizeMultiplier = 1 // what builds a table holds twice its size, and several are built at once
	case Server:
		s = s.WithMemTableSize(64 << 20).
			WithNumMemtables(4).
			WithNumCompactors(4).
			WithValueLogFileSize(64 << 20)
	default:
		return s, fmt.Errorf("open store: unknown profile %q (want %q or %q)", o.Profile, Edge, Server)
	}
	if len(o.Key) > 0 {
		if len(o.Key) != KeySize {
			return s, fmt.Errorf("open store: a key has %d bytes, this one %d", KeySize, len(o.Key))
		}
		// What was decrypted cannot stay in the page cache.
		s = s.WithEncryptionKey(o.Key).WithBlockCacheSize(s.MemTableSize / 2).WithIndexCacheSize(s.MemTableSize / 2)
	}
	if narrow {
		return o.narrowed(s)
	}
	return s, nil
}

// edgeMapped is how many bytes of mapped files a process with a small store may
// have in memory, about 25 MiB of which are the program itself: from there on
// the pages of tables and logs are let go of.
const edgeMapped = 88 << 20

// mapped is the limit for mapped files in memory; 0 is none.
func (o Options) mapped() int64 {
	if o.Profile == Server {
		return 0
	}
	return edgeMapped
}
