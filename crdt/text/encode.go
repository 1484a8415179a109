package text

import "encoding/binary"

// formatVersion is the first byte of encoded events.
const formatVersion = 1

// Append writes the canonical bytes of the events of d: equal sets of events
// are equal bytes.
func (d *Delta) Append(dst []byte) []byte {
	return d.arranged(d.outside).append(dst)
}

// append writes d, which is in canonical order.
func (d *Delta) append(dst []byte) []byte {
	w := writer(append(dst, formatVersion))
	w.uint(uint64(len(d.agents)))
	for _, a := range d.agents {
		w.uint(uint64(len(a)))
		w = append(w, a...)
	}
	w.uint(uint64(len(d.outside)))
	for _, id := range d.outside {
		w.uint(uint64(d.agentIndex(id.Agent)))
		w.uint(id.Seq)
	}
	w.uint(uint64(len(d.chains)))
	next := make([]uint64, len(d.agents))
	for i := range d.chains {
		c := &d.chains[i]
		w.uint(uint64(c.agent))
		w.int(int64(c.seq - next[c.agent]))
		w.uint(uint64(c.n))
		w.parents(c)
		next[c.agent] = c.seq + uint64(c.n)
	}
	w.uint(uint64(len(d.ops)))
	for _, o := range d.ops {
		w.uint(uint64(o.n)*3 + uint64(o.kind))
	}
	d.authors(func(o op, cursor *int32) {
		w.int(int64(o.from() - *cursor))
		*cursor = o.cursor()
	})
	w.uint(uint64(len(d.text)))
	return append(w, d.text...)
}

// authors calls yield with each run and its author's cursor.
func (d *Delta) authors(yield func(o op, cursor *int32)) {
	cursors := make([]int32, len(d.agents))
	k := 0
	for _, o := range d.ops {
		for o.at >= d.chains[k].end() {
			k++
		}
		yield(o, &cursors[d.chains[k].agent])
	}
}

type writer []byte

func (w *writer) uint(x uint64) { *w = binary.AppendUvarint(*w, x) }

func (w *writer) int(x int64) { *w = binary.AppendVarint(*w, x) }

// parents writes 1 for "the event before", else twice their number and, for
// each, twice the distance back, or twice its place outside and one.
func (w *writer) parents(c *chain) {
	if len(c.parents) == 1 && c.parents[0] >= 0 && c.parents[0] == c.at-1 {
		w.uint(1)
		return
	}
	w.uint(uint64(len(c.parents)) * 2)
	for _, p := range c.parents {
		if p < 0 {
			w.uint(uint64(-1-p)*2 + 1)
		} else {
			w.uint(uint64(c.at-p) * 2)
		}
	}
}
