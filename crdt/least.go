package crdt

// Least is the least vector that covers what is alive in the document, and all
// events of its texts. With the dots of its latest changes it is a context in which the
// document is true however old it is: what it counts and is not there was
// removed before.
func (d *Document) Least() (v VersionVector) {
	c := checker{quick: true}
	c.seen.seen = func(dot Dot) bool {
		v.Raise(dot.Replica, dot.Counter)
		return true
	}
	_ = c.node(&d.orEmpty().root) // all dots are good
	return v
}
