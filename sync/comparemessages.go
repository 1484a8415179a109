package antientropy

import "fmt"

// sketch shows a part of the sketch of what the sender holds of the keys [From,
// To): cells from number First on. Number tells comparisons of one collection and
// direction apart.
type sketch struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	Number     uint64
	From, To   string
	First      uint64
	Cells      []byte
}

// more asks for all cells below number Cells. If To is not that of the sketch,
// the receiver holds too much: begin anew with [From, To).
type more struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	Number     uint64
	To         string
	Cells      uint64
}

// differ ends a comparison: of the keys from From up to To, these are the
// documents of its sender that the other side does not hold as they are.
type differ struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	Number     uint64
	To         string
	Keys       []string
}

func (*sketch) kind() kind { return kindSketch }
func (*more) kind() kind   { return kindMore }
func (*differ) kind() kind { return kindDiffer }

func (m *sketch) String() string {
	return fmt.Sprintf("sketch %d %s [%s..%s) from cell %d, %d bytes", m.Number, m.Collection, plain(m.From), plain(m.To), m.First, len(m.Cells))
}

func (m *more) String() string {
	return fmt.Sprintf("more of sketch %d %s up to %q: %d cells", m.Number, m.Collection, m.To, m.Cells)
}

func (m *differ) String() string {
	return fmt.Sprintf("sketch %d %s up to %q: you do not hold as I do %q", m.Number, m.Collection, m.To, m.Keys)
}
