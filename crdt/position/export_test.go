package position

// Forge is the first position of a run that hangs on the left or right of p,
// whoever p belongs to.
func Forge(p Position, onLeft bool, id ID) Position {
	if onLeft {
		return hang(p, left, id)
	}
	return hang(p, right, id)
}

// Along is the position of p's run with a value, whether or not anybody made it.
func (p Position) Along(value int64) Position { return Position{p.run, value} }

// Run is the id of p's run, and Value the value of p in it.
func (p Position) Run() ID { return p.run.id }

// Value is p's value in its run.
func (p Position) Value() int64 { return p.value }

// Parent is where p's run hangs, and on which side.
func (p Position) Parent() (parent Position, onLeft bool) { return p.run.parent, p.run.side == left }

// Copy is p with runs of its own.
func (p Position) Copy() Position {
	if p.run == nil {
		return p
	}
	r := *p.run
	r.parent = r.parent.Copy()
	return Position{&r, p.value}
}
