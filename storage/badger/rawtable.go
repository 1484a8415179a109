package badger

import (
	"bytes"
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
// readable. The tables of an encrypted store cannot be read so.
type rawTable struct {
	data   []byte
	blocks []rawBlock
	sound  bool // the index is as it was written
}

// rawBlock is where a block of a table is, and the first key in it.
type rawBlock struct {
	offset, length int
	first          []byte
}

// openRawTable finds the blocks of a table. If the index is damaged they are
// still found, when they cover the file without a gap. An error says that
// nothing can be read.
func openRawTable(data []byte) (t *rawTable, err error) {
	defer guard(&err)
	n := len(data)
	sumLen := int(binary.BigEndian.Uint32(data[n-4:]))
	sum := data[n-4-sumLen : n-4]
	indexEnd := n - 4 - sumLen - 4
	indexLen := int(binary.BigEndian.Uint32(data[indexEnd:]))
	indexStart := indexEnd - indexLen
	index := data[indexStart:indexEnd]
	t = &rawTable{data: data, sound: sumOK(index, sum)}
	root := fb.GetRootAsTableIndex(index, 0)
	at := 0
	for i := range root.OffsetsLength() {
		var o fb.BlockOffset
		if !root.Offsets(&o, i) {
			return nil, fmt.Errorf("block %d is not in the index", i)
		}
		b := rawBlock{int(o.Offset()), int(o.Len()), bytes.Clone(o.KeyBytes())}
		if b.offset != at || b.length <= 0 || b.offset+b.length > indexStart {
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

// sumOK reports whether content has a checksum, as Badger writes them.
func sumOK(content, sum []byte) bool {
	var c pb.Checksum
	return proto.Unmarshal(sum, &c) == nil && y.VerifyChecksum(content, &c) == nil
}

// each calls fn with every entry of block i, whose slices are valid during the
// call. It is errBlock, and fn was not called, if the block is damaged.
func (t *rawTable) each(i int, fn func(entry) error) (err error) {
	content, err := t.content(i)
	if err != nil {
		return err
	}
	n := len(content)
	count := int(binary.BigEndian.Uint32(content[n-4:]))
	ends := content[n-4-4*count : n-4]
	entries := content[:n-4-4*count]
	var base, key []byte
	for e := range count {
		from, to := int(binary.NativeEndian.Uint32(ends[4*e:])), len(entries)
		if e+1 < count {
			to = int(binary.NativeEndian.Uint32(ends[4*e+4:]))
		}
		one := entries[from:to]
		overlap, diff := int(binary.NativeEndian.Uint16(one)), int(binary.NativeEndian.Uint16(one[2:]))
		key = append(append(key[:0], base[:overlap]...), one[4:4+diff]...)
		if e == 0 {
			base = bytes.Clone(key)
		}
		var v y.ValueStruct
		v.Decode(one[4+diff:])
		if err := fn(entry{y.ParseKey(key), v.Value, y.ParseTs(key), v.Meta, v.UserMeta}); err != nil {
			return err
		}
	}
	return nil
}

// content is a block without its checksum; errBlock if it does not have that.
func (t *rawTable) content(i int) (content []byte, err error) {
	defer func() {
		if recover() != nil {
			err = errBlock
		}
	}()
	b := t.data[t.blocks[i].offset : t.blocks[i].offset+t.blocks[i].length]
	n := len(b)
	sumLen := int(binary.BigEndian.Uint32(b[n-4:]))
	content = b[:n-4-sumLen]
	if !sumOK(content, b[n-4-sumLen:n-4]) {
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
