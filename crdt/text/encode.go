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
	c := newCoder(&d.columns, 0, 0)
	c.to(len(d.chains), len(d.ops))
	w := writer(dst)
	w.header(d.agents, d.outside, &d.columns)
	w.uint(uint64(len(d.chains)))
	w = append(w, c.chains...)
	w.uint(uint64(len(d.ops)))
	w = append(append(w, c.runs...), c.positions...)
	w.uint(uint64(len(d.text)))
	return append(w, d.text...)
}

type writer []byte

func (w *writer) uint(x uint64) { *w = binary.AppendUvarint(*w, x) }

func (w *writer) int(x int64) { *w = binary.AppendVarint(*w, x) }

// header writes all that comes before the chains.
func (w *writer) header(agents []Agent, outside []ID, c *columns) {
	*w = append(*w, formatVersion)
	w.uint(uint64(len(agents)))
	for _, a := range agents {
		w.uint(uint64(len(a)))
		*w = append(*w, a...)
	}
	w.uint(uint64(len(outside)))
	for _, id := range outside {
		w.uint(uint64(c.agentIndex(id.Agent)))
		w.uint(id.Seq)
	}
}

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
