package antientropy

import (
	"fmt"
	"time"

	"pgregory.net/rapid"
)

// happen lets one thing happen at one side of p, at random: an edit in the
// collection texts, a message, a commit, or a second that passes.
func (p *pair) happen(t *rapid.T) {
	i := rapid.IntRange(0, 1).Draw(t, "side")
	switch rapid.IntRange(0, 7).Draw(t, "what") {
	case 0, 1:
		c := p.sides[i].collection("texts")
		key := fmt.Sprint("k", rapid.IntRange(0, 5).Draw(t, "key"))
		switch rapid.IntRange(0, 9).Draw(t, "how") {
		case 0:
			c.remove(key)
		case 1, 2:
			c.put(rapid.IntRange(0, 900).Draw(t, "size"), key)
		default:
			c.add(rapid.IntRange(0, 9).Draw(t, "size"), key)
		}
		p.changed(i, "texts")
	case 2, 3, 4:
		p.deliver(i)
	case 5, 6:
		p.commit(i)
	case 7:
		p.tick(time.Second)
	}
}
