package text_test

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"unicode/utf8"

	"github.com/crdtstore/crdtstore/crdt/text"
)

// patch is [position, deleted, inserted] in code points.
type patch struct {
	at, deleted int
	inserted    string
}

func (p *patch) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&p.at, &p.deleted, &p.inserted})
}

// trace is an editing history of the outside test data.
type trace struct {
	EndContent string
	Txns       []struct {
		Parents  []int
		Agent    any
		SeqStart uint64
		Span     [2]int
		Patches  []patch
		Ops      []patch
	}
}

// load reads a file of the outside test data into v, or skips the test.
func load(tb testing.TB, name string, v any) {
	tb.Helper()
	dir := os.Getenv("CRDTSTORE_TESTDATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(dir, name+".json.gz"))
	if os.IsNotExist(err) {
		tb.Skipf("no outside test data: %v (set CRDTSTORE_TESTDATA)", err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.NewDecoder(z).Decode(v); err != nil {
		tb.Fatal(err)
	}
}

func loadTrace(tb testing.TB, name string) *trace {
	tb.Helper()
	var t trace
	load(tb, name, &t)
	return &t
}

// size is the number of events of a patch.
func (p patch) size() int { return p.deleted + utf8.RuneCountInString(p.inserted) }

// record adds the events of a patch to d, and returns the id of the last.
func (p patch) record(d *text.Delta, id text.ID, parents text.Version) (text.ID, error) {
	if err := d.Delete(id, parents, p.at, p.deleted); err != nil {
		return id, err
	}
	if p.deleted > 0 {
		id.Seq += uint64(p.deleted)
		parents = text.Version{{Agent: id.Agent, Seq: id.Seq - 1}}
	}
	if err := d.Insert(id, parents, p.at, p.inserted); err != nil {
		return id, err
	}
	id.Seq += uint64(utf8.RuneCountInString(p.inserted))
	return id, nil
}

// edit makes the edits of a sequential trace on t.
func (tr *trace) edit(tb testing.TB, t *text.Text) {
	seq := uint64(1)
	for _, x := range tr.Txns {
		for _, p := range x.Patches {
			if p.deleted > 0 {
				if err := t.Delete(author, seq, p.at, p.deleted); err != nil {
					tb.Fatal(err)
				}
				seq += uint64(p.deleted)
			}
			if p.inserted != "" {
				if err := t.Insert(author, seq, p.at, p.inserted); err != nil {
					tb.Fatal(err)
				}
				seq += uint64(utf8.RuneCountInString(p.inserted))
			}
		}
	}
}

const author = text.Agent("0123456789abcdef")

// updates are the transactions of a concurrent trace, one delta each.
func (tr *trace) updates(tb testing.TB) []*text.Delta {
	seqs := map[text.Agent]uint64{}
	ends := make([]text.ID, len(tr.Txns))
	var all []*text.Delta
	for i, x := range tr.Txns {
		agent := text.Agent("agent-" + strconv.Itoa(int(x.Agent.(float64))))
		var parents text.Version
		for _, p := range x.Parents {
			parents = append(parents, ends[p])
		}
		d := &text.Delta{}
		next := text.ID{Agent: agent, Seq: seqs[agent]}
		for _, p := range x.Patches {
			var err error
			if next, err = p.record(d, next, parents); err != nil {
				tb.Fatal(err)
			}
			ends[i] = text.ID{Agent: agent, Seq: next.Seq - 1}
			parents = text.Version{ends[i]}
		}
		seqs[agent] = next.Seq
		all = append(all, d)
	}
	return all
}
