package node

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"

	"github.com/crdtstore/crdtstore/crdt"
)

// SessionTextOf is the text of a token with this content, whatever that is, and
// the sum that goes with it.
func SessionTextOf(body []byte) string {
	sum := sha256.Sum256(body)
	return base64.RawURLEncoding.EncodeToString(append(body[:len(body):len(body)], sum[:sessionSum]...))
}

// ForgetNow forgets what is old enough, as the node does once a day.
func ForgetNow(ctx context.Context, n *Node) error { return newForgetter(n).run(ctx) }

// Forgotten is what a node has forgotten of a collection.
func Forgotten(n *Node, collection string) (crdt.Knowledge, error) {
	v, err := n.docs.View(collection)
	if err != nil {
		return crdt.Knowledge{}, err
	}
	f, err := v.Forgotten()
	return f, errors.Join(err, v.Close())
}

// Knows is what a node knows of a collection.
func Knows(n *Node, collection string) (crdt.Knowledge, error) {
	v, err := n.docs.View(collection)
	if err != nil {
		return crdt.Knowledge{}, err
	}
	return v.Knowledge(), v.Close()
}

// EnrolAnew takes the dot index of a collection for what it should be, as a node
// does behind a check that found nothing else.
func EnrolAnew(ctx context.Context, n *Node, collection string) error {
	return n.writer.do(&task{ctx: ctx, run: func(b *batch) error {
		b.begin()
		b.changed(collection, 0)
		return b.Reindex(collection, []string{""})
	}})
}

// HighWater is the latest timestamp that a node has written or marked.
func HighWater(n *Node) crdt.Timestamp { return n.docs.HighWater() }

// Keep puts something into the quarantine of a node.
func Keep(ctx context.Context, n *Node, all ...Quarantined) error { return n.keepSent(ctx, all...) }

// Beyond counts the documents of a collection whose latest changes somebody who knows held lacks.
func Beyond(n *Node, collection string, held crdt.Knowledge) (int, error) {
	v, err := n.docs.View(collection)
	if err != nil {
		return 0, err
	}
	keys, _, err := v.Candidates(held, "", MaxCount)
	return len(keys), errors.Join(err, v.Close())
}
