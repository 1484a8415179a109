package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/crdtstore/crdtstore/integration/process"
)

const (
	collection = "w"
	counterKey = "all/counter"
	typedOps   = "Content-Type: application/vnd.crdt.ops+json"
)

// writer is one client of one peer. Its requests go out one after the other.
type writer struct {
	book   *book
	base   string // of the process's API
	peer   string
	prefix string // of keys that are in the peer's scope
	name   string // of new keys, behind the prefix
	random *rand.Rand
	next   int
	// At most one of these: no other peer can acknowledge; a write counts when another peer has
	// it on its disk too; no write counts.
	alone, counted, unsure bool
	also                   *writer // writes once behind each write of this one; nil is nobody
}

// write sends one request, and notes what was answered; false when the process
// does not answer any more.
func (w *writer) write() bool {
	if w.also != nil {
		defer w.also.write()
	}
	switch n := w.random.IntN(100); {
	case w.unsure:
	case n < 15 && !w.counted:
		return w.increment()
	case n < 30:
		if key, ok := w.book.take(w.random, w.peer, w.prefix); ok {
			return w.change(key, absent)
		}
	case n < 55:
		if key, ok := w.book.take(w.random, w.peer, w.prefix); ok {
			return w.change(key, w.content(key))
		}
	}
	key := fmt.Sprintf("%s%s/%d", w.prefix, w.name, w.next)
	w.next++
	w.book.begin(key, w.peer)
	return w.change(key, w.content(key))
}

// content is a document that was never written before, as it is printed: names
// in canonical order.
func (w *writer) content(key string) string {
	return fmt.Sprintf(`{"n":%d,"key":%q,"pad":%q}`, w.random.Int32(), key, strings.Repeat("x", w.random.IntN(400)))
}

// change puts or removes a document.
func (w *writer) change(key, content string) bool {
	method, path := "PUT", "/v1/docs/"+collection+"/"+key
	if content == absent {
		method = "DELETE"
	}
	switch {
	case w.counted:
		path += "?acks=1&timeout=500ms"
	case !w.alone && !w.unsure && w.random.IntN(20) == 0:
		path += "?acks=1&timeout=30ms"
	}
	a, err := process.Request(w.base, method, path, content)
	done := err == nil && (a.OK() || a.Status == 404 && content == absent || onHere(a))
	w.book.end(key, content, done && !w.unsure && (a.OK() || !w.counted))
	if err == nil && !done && !late(path, a) {
		w.refused(method, path, a)
	}
	return err == nil
}

func (w *writer) increment() bool {
	path := "/v1/docs/" + collection + "/" + counterKey
	a, err := process.Request(w.base, "PATCH", path, `[{"op":"incr","path":"/n","by":1}]`, typedOps)
	if err == nil && !a.OK() {
		if !strings.Contains(a.Body, `"out-of-scope"`) {
			w.book.counted(false)
			w.refused("PATCH", path, a)
		}
		return true
	}
	w.book.counted(err == nil)
	return err == nil
}

// onHere reports whether the answer says that the write is on the disk here,
// and not yet on so many others.
func onHere(a process.Answer) bool {
	return a.Status == 504 && strings.Contains(a.Body, `"acks-timeout"`)
}

// late reports whether the answer says that the time which the request had was over before it is known
// whether the write is on the disk, as on a busy machine: nothing is promised of it then.
func late(path string, a process.Answer) bool {
	return strings.Contains(path, "timeout=") && a.Status == 504 && strings.Contains(a.Body, `"timed-out"`)
}

// refused: a process that is ending may say that it is closed; nothing else may
// be refused.
func (w *writer) refused(method, path string, a process.Answer) {
	if a.Status != 503 {
		w.book.violate("%s: %s %s: %d %.200s", w.peer, method, path, a.Status, a.Body)
	}
}
