package badger

import (
	"bytes"
	"errors"

	"github.com/dgraph-io/badger/v4/y"
)

// maxBlock is more than any block has: one value, its key, and what Badger adds.
const maxBlock = valueThreshold + logKey + 1<<12

// scanTable finds the blocks of a table of which the index cannot be used, for the reason
// why: each ends with a checksum of itself. What lies between two that can be read, or behind the
// last one, is as a block that is damaged. Tables that are encrypted show nothing of the kind.
func scanTable(data []byte, why error) (*rawTable, error) {
	t := &rawTable{data: data}
	end := blocksEnd(data)
	t.whole = end >= 0
	if end < 0 {
		end = len(data)
	}
	var last []byte // the last key that was read
	found := 0
	for at := 0; at < end; {
		b := rawBlock{offset: at, length: blockAt(data[at:end])}
		if b.length == 0 { // damaged
			b.length = nextBlock(data[at:end])
			b.first = last
			t.blocks = append(t.blocks, b)
			at += b.length
			continue
		}
		t.blocks = append(t.blocks, b)
		first := true
		err := t.each(len(t.blocks)-1, func(e entry) error {
			key := y.KeyWithTs(e.key, e.version)
			if first {
				t.blocks[len(t.blocks)-1].first, first = key, false
			}
			last = key
			return nil
		})
		if err != nil {
			return nil, err
		}
		found++
		at += b.length
	}
	if found == 0 {
		return nil, cmpError(why, errors.New("no block can be read"))
	}
	if t.blocks[0].first == nil {
		t.blocks[0].first = y.KeyWithTs(nil, 0)
	}
	return t, nil
}

// blocksEnd is where the index of a table begins, by the lengths at its end; -1 if these
// cannot be right.
func blocksEnd(data []byte) (at int) {
	defer func() {
		if recover() != nil {
			at = -1
		}
	}()
	_, _, at = indexOf(data)
	if at <= 0 || blockAt(data[at:]) > 0 { // that is no index
		return -1
	}
	return at
}

// blockAt is how long the block is that data begins with; 0 if there is none.
func blockAt(data []byte) int {
	for at := 0; ; {
		end := blockMark(data, at)
		if end == 0 {
			return 0
		}
		t := rawTable{data: data, blocks: []rawBlock{{length: end}}}
		if c, err := t.content(0); err == nil && len(c) > 4 && walkBlock(c, func(entry) error { return nil }) == nil {
			return end
		}
		at = end
	}
}

// nextBlock is how far the damaged block goes that data begins with: to the next one that
// can be read, or to the end.
func nextBlock(data []byte) int {
	for at := 0; ; {
		end := blockMark(data, at)
		if end == 0 {
			return len(data)
		}
		if blockAt(data[end:]) > 0 {
			return end
		}
		at = end
	}
}

// blockMark finds, behind at, the end of what may be a block: a checksum (its field
// number, and up to five bytes) and the length of that. 0 is none in the length of a block.
func blockMark(data []byte, at int) (end int) {
	data = data[:min(len(data), maxBlock)]
	for at < len(data) {
		i := bytes.Index(data[at:], []byte{0, 0, 0})
		if i < 0 || at+i+4 > len(data) {
			return 0
		}
		at += i
		if n := int(data[at+3]); n >= 2 && n <= 6 && at >= n && data[at-n] == 2<<3 {
			return at + 4
		}
		at++
	}
	return 0
}
