package schedule

import (
	"bytes"

	"github.com/crdtstore/crdtstore/crdt"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// What a next version may write: a value of kind 9, which holds what JSON cannot
// say, in place of the number 7.
var (
	sevenAtNext = []byte{0x64, 'n', 'e', 'x', 't', 0x07}
	kindNine    = []byte{0x64, 'n', 'e', 'x', 't', 0x83, 0x09, 0x01, 0xa1, 0x61, '$', 0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
)

// features are what p announces: one of the next version has more of them.
func (p *peer) features() []string {
	if !p.next {
		return nil
	}
	return append(antientropy.Features(), "shiny", "even shinier")
}

// sayMore makes a peer one of the next version, and lets it say what only that
// understands.
func (w *world) sayMore() {
	p := w.someone()
	p.next = true
	for _, l := range w.links {
		for _, e := range l.ends {
			if e.peer == p && l.up {
				m := pick(w.luck, [][]byte{{200, 0xff, 1, 2, 3}, {255}, {190, 0x80}})
				e.other().inbox = append(e.other().inbox, e.numbers.utter(m))
				w.tally["messages of the next version"]++
			}
		}
	}
}

// ofNext makes a document one with a value of a kind that comes only with the next
// version.
func (p *peer) ofNext(wr *crdt.Writer) *crdt.Document {
	d, _, err := (*crdt.Document)(nil).Put(wr, parse(`{"next":7}`))
	if err != nil {
		p.w.fail("put: %v", err)
	}
	body := bytes.Replace(d.Canonical(), sevenAtNext, kindNine, 1)
	next, err := crdt.Decode(body)
	if err != nil || bytes.Equal(body, d.Canonical()) {
		p.w.fail("no document of the next version: %x: %v", body, err)
	}
	p.w.tally["documents of the next version"]++
	return next
}
