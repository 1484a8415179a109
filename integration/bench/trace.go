package main

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"unicode/utf8"

	"github.com/crdtstore/crdtstore/crdt/text"
	"github.com/crdtstore/crdtstore/integration/process"
)

// trace is an editing history of the outside test data.
type trace struct {
	EndContent string
	NumAgents  int
	Txns       []txn
}

// txn is what one author did at once, after the transactions in Parents.
type txn struct {
	Parents []int
	Agent   int
	Patches []patch
}

// patch is [position, deleted, inserted] in code points.
type patch struct {
	at, deleted int
	inserted    string
}

func (p *patch) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&p.at, &p.deleted, &p.inserted})
}

// testdata is the folder of the outside test data: CRDTSTORE_TESTDATA, or
// shared/data beside the repository.
func testdata() (string, error) {
	dir := os.Getenv("CRDTSTORE_TESTDATA")
	if dir == "" {
		root, err := process.Root()
		if errors.Is(err, process.ErrNoRoot) {
			root, err = os.Getwd()
		}
		if err != nil {
			return "", err
		}
		dir = filepath.Join(root, "..", "shared", "data")
	}
	return filepath.Abs(dir)
}

// loadTrace reads a trace; without the data the case is skipped.
func loadTrace(name string) (*trace, error) {
	dir, err := testdata()
	if err != nil {
		return nil, err
	}
	f, err := os.Open(filepath.Join(dir, name+".json.gz"))
	if os.IsNotExist(err) {
		return nil, skipped{fmt.Sprintf("no outside test data: %v (set CRDTSTORE_TESTDATA)", err)}
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	var t trace
	return &t, json.NewDecoder(z).Decode(&t)
}

// edits is the number of patches.
func (t *trace) edits() (n int) {
	for _, x := range t.Txns {
		n += len(x.Patches)
	}
	return n
}

// patchable takes the edits of a trace.
type patchable interface {
	Insert(pos int, s string) error
	Delete(pos, n int) error
}

// edit makes the edits of a transaction.
func (x *txn) edit(t patchable) error {
	for _, p := range x.Patches {
		if p.deleted > 0 {
			if err := t.Delete(p.at, p.deleted); err != nil {
				return err
			}
		}
		if p.inserted != "" {
			if err := t.Insert(p.at, p.inserted); err != nil {
				return err
			}
		}
	}
	return nil
}

// updates are the transactions of a concurrent trace as the bytes that their
// authors would send.
func (t *trace) updates() (all [][]byte, err error) {
	next := make([]uint64, t.NumAgents)
	ends := make([]text.ID, len(t.Txns))
	for i, x := range t.Txns {
		var parents text.Version
		for _, p := range x.Parents {
			parents = append(parents, ends[p])
		}
		d, agent := &text.Delta{}, text.Agent("agent-"+strconv.Itoa(x.Agent))
		for _, p := range x.Patches {
			id := text.ID{Agent: agent, Seq: next[x.Agent]}
			if err := d.Delete(id, parents, p.at, p.deleted); err != nil {
				return nil, err
			}
			if p.deleted > 0 {
				id.Seq += uint64(p.deleted)
				parents = text.Version{{Agent: agent, Seq: id.Seq - 1}}
			}
			if err := d.Insert(id, parents, p.at, p.inserted); err != nil {
				return nil, err
			}
			next[x.Agent] = id.Seq + uint64(utf8.RuneCountInString(p.inserted))
			ends[i] = text.ID{Agent: agent, Seq: next[x.Agent] - 1}
			parents = text.Version{ends[i]}
		}
		all = append(all, d.Append(nil))
	}
	return all, nil
}
