package storage_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
	"github.com/crdtstore/crdtstore/storage/memory"
)

// typist types into bytes that are like the canonical ones of a text: the
// content, behind it columns of events each of which grows at its end, and
// lengths before both.
type typist struct {
	random  *rand.Rand
	content []byte
	columns [8][]byte
	cursor  int
}

func newTypist(size int) *typist {
	y := &typist{random: rand.New(rand.NewPCG(1, 2))}
	for range size {
		y.content = append(y.content, byte('a'+y.random.IntN(26)))
	}
	for i := range y.columns {
		for range size / 80 {
			y.columns[i] = append(y.columns[i], byte(y.random.Uint32()))
		}
	}
	return y
}

// key types one character, now and then somewhere else.
func (y *typist) key(jump int) []byte {
	if jump > 0 && y.random.IntN(jump) == 0 {
		y.cursor = y.random.IntN(len(y.content))
	}
	y.content = slices.Insert(y.content, y.cursor, byte('a'+y.random.IntN(26)))
	y.cursor++
	for i := range y.columns {
		if i < 3 || y.random.IntN(2) == 0 {
			y.columns[i] = append(y.columns[i], byte(y.random.Uint32()), byte(y.random.Uint32()))
		}
	}
	return y.body()
}

func (y *typist) body() []byte {
	b := []byte{0x84, 1, 0x84, 6, 1, 0xf5, 0x7a, 0, byte(len(y.content) >> 16), byte(len(y.content) >> 8), byte(len(y.content))}
	b = append(b, y.content...)
	for _, c := range y.columns {
		b = append(b, 0x59, byte(len(c)>>8), byte(len(c)))
		b = append(b, c...)
	}
	return append(b, y.content[y.cursor], byte(len(b)), byte(len(b)>>8), 0)
}

// A key pressed in a text of 256 KiB costs what it is worth, and so does
// reading afterwards, wherever the keys are pressed.
func TestKeystroke(t *testing.T) {
	for _, c := range []struct {
		name       string
		jump, keys int
	}{{"in one place", 0, 500}, {"now and then elsewhere", 20, 2000}, {"each elsewhere", 1, 600}} {
		t.Run(c.name, func(t *testing.T) { keystrokes(t, c.jump, c.keys) })
	}
}

func keystrokes(t *testing.T, jump, keys int) {
	c := &counted{Store: memory.New()}
	d, err := storage.OpenDocuments(c, storage.Options{Device: device('a'), Rand: &nonces{name: 'a'}})
	if err != nil {
		t.Fatal(err)
	}
	y := newTypist(256 << 10)
	write := func(i int, body []byte) int {
		c.writtenBytes = 0
		err := d.Update(func(b *storage.Batch) error {
			if _, err := b.Get("notes", "2026/november"); err != nil {
				return err
			}
			return b.WriteBytes("notes", "2026/november", crdt.Timestamp(i), body)
		})
		if err != nil {
			t.Fatal(err)
		}
		return c.writtenBytes
	}
	first := write(1, y.body())
	sum, usual, most, folds := 0, 0, 0, 0
	for i := range keys {
		n := write(i+2, y.key(jump))
		if sum += n; n > 8<<10 {
			folds++
			most = max(most, n)
		} else {
			usual = max(usual, n)
		}
	}
	if usual > 600 {
		t.Errorf("a key writes up to %d bytes, want at most 600", usual)
	}
	if sum > keys*2<<10 {
		t.Errorf("a key writes %d bytes on average, want at most 2048", sum/keys)
	}
	d.ForgetBodies()
	c.readBytes, c.reads = 0, 0
	rec, err := d.Get("notes", "2026/november")
	if err != nil || !bytes.Equal(rec.Body, y.body()) {
		t.Fatalf("%d bytes, %v", len(rec.Body), err)
	}
	if c.readBytes > len(rec.Body)*5/4 || c.reads > 400 {
		t.Errorf("reading %d bytes reads %d in %d steps", len(rec.Body), c.readBytes, c.reads)
	}
	size, _ := c.Size()
	if size > int64(len(rec.Body))*3/2 {
		t.Errorf("%d bytes take %d", len(rec.Body), size)
	}
	t.Logf("first %d, usual at most %d, average %d, %d folds of at most %d; read %d in %d steps, %d stored",
		first, usual, sum/keys, folds, most, c.readBytes, c.reads, size)
}

// The largest body, of the longest key, is rewritten as a whole in one
// transaction of the least store, whatever its parts are.
func TestLargestBodyInOneTransaction(t *testing.T) {
	key := strings.Repeat("k", 1024)
	coll := strings.Repeat("c", 64)
	for name, open := range map[string]func(t *testing.T) storage.Store{
		"memory": func(*testing.T) storage.Store { return memory.New() },
		"edge": func(t *testing.T) storage.Store {
			s, err := badger.Open(t.TempDir(), badger.Options{Profile: badger.Edge})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			return s
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := storage.OpenDocuments(open(t), storage.Options{Device: device('a')})
			if err != nil {
				t.Fatal(err)
			}
			random := rand.New(rand.NewPCG(1, 2))
			body := make([]byte, crdt.MaxMerged)
			for i := range 20 {
				for range 30 { // pieces are split, and the tail grows
					body[random.IntN(len(body))] ^= 1
					body = slices.Delete(body, 0, 1)
					body = slices.Insert(body, random.IntN(len(body)), 1)
				}
				if i%5 == 4 { // rewritten as a whole, sometimes shorter
					body = make([]byte, crdt.MaxMerged-i%10*100_000)
					for j := range body {
						body[j] = byte(random.Uint32())
					}
				}
				err := d.Update(func(b *storage.Batch) error { return b.WriteBytes(coll, key, crdt.Timestamp(i+1), body) })
				if err != nil {
					t.Fatalf("write %d: %v", i, err)
				}
			}
			d.ForgetBodies()
			if rec, err := d.Get(coll, key); err != nil || !bytes.Equal(rec.Body, body) {
				t.Fatalf("%d bytes, %v", len(rec.Body), err)
			}
			err = d.Update(func(b *storage.Batch) error { return b.WriteBytes(coll, key, 99, nil) })
			if err != nil {
				t.Fatalf("removal: %v", err)
			}
			if found, err := d.CheckParts(coll); err != nil || len(found) > 0 {
				t.Fatalf("parts: %v %v", found, err)
			}
		})
	}
}

// The same with a text as it really is.
func TestKeystrokeInAText(t *testing.T) {
	c := &counted{Store: memory.New()}
	n := &node{name: 'a', rand: &nonces{name: 'a'}}
	var err error
	if n.Documents, err = storage.OpenDocuments(c, storage.Options{Device: device('a'), Rand: n.rand}); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	text := make([]byte, 256<<10)
	for i := range text {
		text[i] = byte('a' + random.IntN(26))
	}
	n.write(t, "notes", change{key: "2026/november", json: `{"title":"November","text":{"$text":"` + string(text) + `"}}`})
	sum, most, folds, at := 0, 0, 0, 1000
	const keys = 600
	for i := range keys {
		op := crdt.Op{Op: "insert", Path: crdt.Pointer{"text"}, At: at, Text: "k"}
		switch {
		case i%30 == 29: // elsewhere
			at = random.IntN(len(text))
			continue
		case i%7 == 6:
			at--
			op = crdt.Op{Op: "delete", Path: crdt.Pointer{"text"}, At: at, Len: 1}
		default:
			at++
		}
		c.writtenBytes = 0
		n.write(t, "notes", change{key: "2026/november", ops: []crdt.Op{op}})
		if sum += c.writtenBytes; c.writtenBytes > 8<<10 {
			folds++
		} else {
			most = max(most, c.writtenBytes)
		}
	}
	if most > 600 || sum > keys*2<<10 {
		t.Errorf("a key writes up to %d bytes, %d on average, want at most 600 and 2048", most, sum/keys)
	}
	n.ForgetBodies()
	if found, err := n.VerifyRange("notes", "", ""); err != nil || len(found) > 0 {
		t.Errorf("verify: %v %v", found, err)
	}
	t.Logf("usual at most %d, average %d, %d folds", most, sum/keys, folds)
}
