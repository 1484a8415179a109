package storage

import (
	"container/list"
	"sync"
)

// cachedBodies is how many bytes of large bodies are remembered, so that who
// types into a document does not read its parts with every key.
const cachedBodies = 8 << 20

// bodyCache remembers large bodies that were read or written lately. They are
// named by their digest, so it does not matter which commits took place.
type bodyCache struct {
	mu    sync.Mutex
	size  int       // of all bodies
	order list.List // of cachedBody, the latest first
	named map[bodyName]*list.Element
}

type bodyName struct {
	address
	digest [32]byte
}

type cachedBody struct {
	name bodyName
	body []byte
}

// get gives a body that is remembered, or nil. It must not be modified.
func (c *bodyCache) get(n bodyName) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.named[n]
	if e == nil {
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(cachedBody).body
}

// add remembers a body, which nobody modifies any more.
func (c *bodyCache) add(n bodyName, body []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(n)
	if c.named == nil {
		c.named = map[bodyName]*list.Element{}
	}
	c.named[n] = c.order.PushFront(cachedBody{n, body})
	for c.size += len(body); c.size > cachedBodies; {
		c.remove(c.order.Back().Value.(cachedBody).name)
	}
}

// replace remembers the body of a record, if it is large, instead of the one
// that it replaces. The commit need not take place: names are digests.
func (c *bodyCache) replace(at address, was *largeBody, rec Record) {
	if was != nil {
		c.mu.Lock()
		c.remove(bodyName{at, was.digest})
		c.mu.Unlock()
	}
	if rec.large != nil {
		c.add(bodyName{at, rec.large.digest}, rec.Body)
	}
}

// remove forgets a body; c.mu is held.
func (c *bodyCache) remove(n bodyName) {
	if e := c.named[n]; e != nil {
		c.size -= len(e.Value.(cachedBody).body)
		c.order.Remove(e)
		delete(c.named, n)
	}
}
