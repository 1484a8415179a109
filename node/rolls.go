package node

import (
	"context"
	"time"
)

// enrolAfter is how long a node is open before it reads the dot index: others start up, too.
const enrolAfter = time.Second

// enrol makes sure, once for each opening, that the dot index of each collection has the
// entries that were written. From then on each drain finds what is lost of what it sends, and each write
// whether what it builds on was replaced (Law I). What is damaged is found by a check, and healed.
func (n *Node) enrol(ctx context.Context) {
	if !wait(ctx, enrolAfter) {
		return
	}
	for _, collection := range n.docs.Collections() {
		began := time.Now()
		n.saw("", n.docs.Enrol(collection))
		if !wait(ctx, time.Since(began)) {
			return
		}
	}
}
