package memory

import (
	"sync"

	"github.com/crdtstore/crdtstore/p2p"
)

// link is the connection between two endpoints: an end for each.
type link struct {
	hub  *Hub
	pair pair
	ends [2]*conn
	lost sync.Once
}

func newLink(h *Hub, p pair, from, to *Network, n uint64) *link {
	l := &link{hub: h, pair: p}
	for i, side := range [2][2]*Network{{from, to}, {to, from}} {
		l.ends[i] = &conn{
			link: l, owner: side[0], peer: side[1].self,
			random: h.random(side[0].self, p, n), changed: make(chan struct{}),
		}
	}
	l.ends[0].other, l.ends[1].other = l.ends[1], l.ends[0]
	return l
}

// joins tells whether the link is open between exactly these two starts.
func (l *link) joins(a, b *Network) bool {
	for _, c := range l.ends {
		if c.owner != a && c.owner != b || c.over() {
			return false
		}
	}
	return true
}

// lose breaks the link without a word.
func (l *link) lose() {
	l.lost.Do(func() {
		l.hub.forget(l)
		for _, c := range l.ends {
			c.end(&p2p.CloseError{Reason: p2p.ReasonLost})
		}
	})
}
