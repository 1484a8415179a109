package storage

import "sync"

// getting is one Documents.Get while it runs: what the call inside View works with
// and what it found. What it takes is used again by the next one, so that a get
// allocates no more than what it returns.
type getting struct {
	d         *Documents
	coll, key string
	at        []byte // the storage key; a Store keeps none that it was given
	rec       Record
	read      func(Reader) error // the method in
}

var gettings = sync.Pool{New: func() any {
	g := new(getting)
	g.read = g.in
	return g
}}

// in reads the record and, if it is large, the body.
func (g *getting) in(r Reader) (err error) {
	g.at = appendDocumentKey(g.at[:0], g.coll, g.key)
	if g.rec, err = getRecordAt(r, g.d.table.Load(), g.coll, g.key, g.at); err == nil {
		g.rec, err = g.d.complete(r, g.coll, g.rec)
	}
	return err
}

// done lets the next one have g. What was found is the caller's.
func (g *getting) done() {
	g.d, g.coll, g.key, g.rec = nil, "", "", Record{}
	gettings.Put(g)
}
