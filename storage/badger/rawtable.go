package badger

import (
	"bytes"
	"crypto/aes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4/fb"
	"github.com/dgraph-io/badger/v4/pb"
	"github.com/dgraph-io/badger/v4/y"
	"google.golang.org/protobuf/proto"
)

// errBlock says that a part of a table is not as it was written.
var errBlock = errors.New("checksum differs")

// entry is one version of one key, as it is in the files.
type entry struct {
	key, value []byte
	version    uint64
	meta       byte // of Badger
	tails      byte // its user meta
}

// deleted reports whether the entry says that the key was deleted.
func (e entry) deleted() bool { return e.meta&metaDelete != 0 }

// Bits of meta.
const (
	metaDelete  = 1 << 0
	metaPointer = 1 << 1 // the value is in the value log
	metaTx      = 1 << 6 // in a log: part of a transaction
	metaEnd     = 1 << 7 // in a log: the end of one
)

// keySpan are the keys [from, to) of a store; to nil is the end.
type keySpan struct{ from, to []byte }

// rawTable reads a table as Badger has written it, but trusts nothing: each
// block is checked before it is read, and a block that fails leaves the others
// readable. It holds nothing but places in data.
type rawTable struct {
	data   []byte
	key    []byte // that blocks are encrypted with; nil: they are not
	blocks []rawBlock
	sound  bool   // the index is as it was written
	newest uint64 // version of the newest entry, by a sound index
	whole  bool   // the blocks are all that the table has
}

// rawBlock is where a block of a table is, and a key at or before the first in it.
type rawBlock struct {
	offset, length int
	first          []byte
}

// openRawTable finds the blocks of a table, which is encrypted with one of keys; nil is
// not. If the index is damaged they are still found, when they cover the file without a gap, or
// by what each ends with. An error says that nothing can be read.
func openRawTable(data []byte, keys *dataKeys) (t *rawTable, err error) {
	if keys == nil {
		if t, err = indexedTable(data, nil); err != nil {
			return scanTable(data, err)
		}
		return t, nil
	}
	for _, key := range keys.all() {
		t, e := indexedTable(data, key)
		if e == nil && t.opens() {
			return t, nil
		}
		err = cmpError(err, e)
	}
	return nil, cmpError(err, errors.New("encrypted with a key that there is not"))
}

func cmpError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// indexedTable finds the blocks of a table by its index.
func indexedTable(data, key []byte) (t *rawTable, err error) {
	defer guard(&err)
	index, sum, indexStart := indexOf(data)
	t = &rawTable{data: data, key: key, sound: sumOK(index, sum), whole: true}
	if index, err = t.open(index); err != nil {
		return nil, err
	}
	root := fb.GetRootAsTableIndex(index, 0)
	t.newest = root.MaxVersion()
	at := 0
	for i := range root.OffsetsLength() {
		var o fb.BlockOffset
		if !root.Offsets(&o, i) {
			return nil, fmt.Errorf("block %d is not in the index", i)
		}
		b := rawBlock{int(o.Offset()), int(o.Len()), o.KeyBytes()}
		if b.offset != at || b.length <= 0 || b.offset+b.length > indexStart || len(b.first) < keyTail {
			return nil, fmt.Errorf("block %d is at %d, expected at %d", i, b.offset, at)
		}
		at += b.length
		t.blocks = append(t.blocks, b)
	}
	if at != indexStart {
		return nil, fmt.Errorf("blocks end at %d, the index begins at %d", at, indexStart)
	}
	return t, nil
}

// keyTail is how long the version is that Badger puts behind a key.
const keyTail = 8

// indexOf is the index of a table, its checksum, and where it begins. It panics where
// a length goes beyond the file.
func indexOf(data []byte) (index, sum []byte, start int) {
	n := len(data)
	sumLen := int(binary.BigEndian.Uint32(data[n-4:]))
	sum = data[n-4-sumLen : n-4]
	end := n - 4 - sumLen - 4
	start = end - int(binary.BigEndian.Uint32(data[end:]))
	return data[start:end], sum, start
}

// sumOK reports whether content has a checksum, as Badger writes them.
func sumOK(content, sum []byte) bool {
	var c pb.Checksum
	return proto.Unmarshal(sum, &c) == nil && y.VerifyChecksum(content, &c) == nil
}

// open decrypts a part of the table, if it is encrypted.
func (t *rawTable) open(part []byte) ([]byte, error) {
	if t.key == nil {
		return part, nil
	}
	n := len(part) - aes.BlockSize
	if n < 0 {
		return nil, errBlock
	}
	return y.XORBlockAllocate(part[:n], t.key, part[n:])
}

// opens reports whether any block can be read: the key is the right one.
func (t *rawTable) opens() bool {
	for n := range t.blocks {
		if _, err := t.content(n); err == nil {
			return true
		}
	}
	return len(t.blocks) == 0
}

// each calls fn with every entry of block i, whose slices are valid during the
// call. It is errBlock, and fn was not called, if the block is damaged.
func (t *rawTable) each(i int, fn func(entry) error) error {
	content, err := t.content(i)
	if err != nil {
		return err
	}
	if err := walkBlock(content, func(entry) error { return nil }); err != nil {
		return err
	}
	return walkBlock(content, fn)
}

// walkBlock calls fn with every entry of a block. It is errBlock where the block cannot
// be what Badger has written, whatever its checksum says.
func walkBlock(content []byte, fn func(entry) error) error {
	n := len(content) - 4
	if n < 0 {
		return errBlock
	}
	count := int(binary.BigEndian.Uint32(content[n:]))
	if count > n/4 {
		return errBlock
	}
	ends, entries := content[n-4*count:n], content[:n-4*count]
	var base, key []byte
	for e := range count {
		from, to := int(binary.NativeEndian.Uint32(ends[4*e:])), len(entries)
		if e+1 < count {
			to = int(binary.NativeEndian.Uint32(ends[4*e+4:]))
		}
		if from+4 > to || to > len(entries) {
			return errBlock
		}
		one := entries[from:to]
		overlap, diff := int(binary.NativeEndian.Uint16(one)), int(binary.NativeEndian.Uint16(one[2:]))
		if overlap > len(base) || 4+diff+2 > len(one) || overlap+diff < keyTail {
			return errBlock
		}
		key = append(append(key[:0], base[:overlap]...), one[4:4+diff]...)
		if e == 0 {
			base = bytes.Clone(key)
		}
		var v y.ValueStruct
		if _, w := binary.Uvarint(one[4+diff+2:]); w <= 0 { // when it expires: never
			return errBlock
		}
		v.Decode(one[4+diff:])
		if err := fn(entry{y.ParseKey(key), v.Value, y.ParseTs(key), v.Meta, v.UserMeta}); err != nil {
			return err
		}
	}
	return nil
}

// content is a block without its checksum; errBlock if it does not have that.
func (t *rawTable) content(i int) (content []byte, err error) {
	b, err := t.open(t.data[t.blocks[i].offset : t.blocks[i].offset+t.blocks[i].length])
	if err != nil {
		return nil, err
	}
	n := len(b) - 4
	if n < 0 {
		return nil, errBlock
	}
	sumLen := binary.BigEndian.Uint32(b[n:])
	if uint64(sumLen) > uint64(n) {
		return nil, errBlock
	}
	content = b[:n-int(sumLen)]
	if !sumOK(content, b[n-int(sumLen):n]) {
		return nil, errBlock
	}
	return content, nil
}

// span are the keys that may be in block i.
func (t *rawTable) span(i int) keySpan {
	s := keySpan{from: y.ParseKey(t.blocks[i].first)}
	if i+1 < len(t.blocks) {
		s.to = append(bytes.Clone(y.ParseKey(t.blocks[i+1].first)), 0)
	}
	return s
}
