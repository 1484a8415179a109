package crdt

// covers reports whether no entry of o is higher than that of n.
func (n *vectorNode) covers(o *vectorNode, depth int) bool {
	switch {
	case n == o || o == nil:
		return true
	case n.len() < o.size:
		return false
	case n.kids == nil:
		return leafCovers(n.leaf, o.leaf)
	}
	for i := range fanOut {
		if !n.kids[i].covers(o.kid(i, depth), depth+1) {
			return false
		}
	}
	return true
}

func leafCovers(a, b []vectorEntry) bool {
	i := 0
	for _, e := range b {
		for i < len(a) && a[i].replica.Compare(e.replica) < 0 {
			i++
		}
		if i == len(a) || a[i].replica != e.replica || a[i].counter < e.counter {
			return false
		}
	}
	return true
}

// equal reports whether both hold the same entries.
func (n *vectorNode) equal(o *vectorNode) bool {
	if n == o {
		return true
	}
	if n == nil || o == nil || n.size != o.size {
		return false
	}
	if n.kids == nil {
		for i, e := range n.leaf {
			if e != o.leaf[i] {
				return false
			}
		}
		return true
	}
	for i := range fanOut {
		if !n.kids[i].equal(o.kids[i]) {
			return false
		}
	}
	return true
}

// union is the higher of each two entries. What one side covers is that side's
// node, so that both go on sharing it. done holds the unions that were made of
// nodes of n's side with o, which may be one node of many vectors; it may be nil.
func (n *vectorNode) union(o *vectorNode, depth int, done map[*vectorNode]*vectorNode) *vectorNode {
	switch {
	case n == o || o == nil:
		return n
	case n == nil:
		return o
	}
	if u, ok := done[n]; ok {
		return u
	}
	u := n.unite(o, depth, done)
	if done != nil {
		done[n] = u
	}
	return u
}

func (n *vectorNode) unite(o *vectorNode, depth int, done map[*vectorNode]*vectorNode) *vectorNode {
	if n.kids == nil || o.kids == nil {
		switch {
		case n.covers(o, depth):
			return n
		case o.covers(n, depth):
			return o
		case n.kids == nil && o.kids == nil:
			return nodeOf(zipEntries(n.leaf, o.leaf, func(a, b uint64) uint64 { return max(a, b) }), depth)
		}
	}
	var kids [fanOut]*vectorNode
	for i := range kids {
		kids[i] = n.kid(i, depth).union(o.kid(i, depth), depth+1, done)
	}
	return withKids(&kids, n, o)
}

// least is the lower of each two entries.
func (n *vectorNode) least(o *vectorNode, depth int) *vectorNode {
	switch {
	case n == o:
		return n
	case n == nil || o == nil:
		return nil
	}
	if n.kids == nil || o.kids == nil {
		switch {
		case o.covers(n, depth):
			return n
		case n.covers(o, depth):
			return o
		case n.kids == nil && o.kids == nil:
			return nodeOf(zipEntries(n.leaf, o.leaf, func(a, b uint64) uint64 { return min(a, b) }), depth)
		}
	}
	var kids [fanOut]*vectorNode
	for i := range kids {
		kids[i] = n.kid(i, depth).least(o.kid(i, depth), depth+1)
	}
	return withKids(&kids, n, o)
}

// zipEntries joins two lists of entries; those that fn makes zero are left out.
func zipEntries(a, b []vectorEntry, fn func(a, b uint64) uint64) []vectorEntry {
	out := make([]vectorEntry, 0, len(a)+len(b))
	eachPair(a, b, func(r ReplicaID, x, y uint64) bool {
		if c := fn(x, y); c > 0 {
			out = append(out, vectorEntry{r, c})
		}
		return true
	})
	return out
}

// eachPair visits the replicas of both lists in order, with both counters.
func eachPair(a, b []vectorEntry, fn func(r ReplicaID, x, y uint64) bool) bool {
	for len(a) > 0 || len(b) > 0 {
		order := -1
		switch {
		case len(a) == 0:
			order = 1
		case len(b) > 0:
			order = a[0].replica.Compare(b[0].replica)
		}
		var r ReplicaID
		var x, y uint64
		if order <= 0 {
			r, x, a = a[0].replica, a[0].counter, a[1:]
		}
		if order >= 0 {
			r, y, b = b[0].replica, b[0].counter, b[1:]
		}
		if !fn(r, x, y) {
			return false
		}
	}
	return true
}

// differ visits, in order, the replicas of which n and o have other entries.
func (n *vectorNode) differ(o *vectorNode, depth int, fn func(r ReplicaID, x, y uint64) bool) bool {
	switch {
	case n == o:
		return true
	case (n == nil || n.kids == nil) && (o == nil || o.kids == nil):
		var a, b []vectorEntry
		if n != nil {
			a = n.leaf
		}
		if o != nil {
			b = o.leaf
		}
		return eachPair(a, b, func(r ReplicaID, x, y uint64) bool { return x == y || fn(r, x, y) })
	}
	for i := range fanOut {
		if !n.kid(i, depth).differ(o.kid(i, depth), depth+1, fn) {
			return false
		}
	}
	return true
}
