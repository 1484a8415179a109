package node

// A writer alone gains nothing by a loop in another goroutine: two
// goroutines that wait for each other cost as much as the commit. So in relaxed
// mode, where nothing waits for the disk, who comes while the loop has nothing
// to do runs his task himself, in the loop's turn. As soon as others come at the
// same time, they all go through the queues, and so into one transaction.

// atOnce runs a local task in the goroutine that asks for it, if nobody else is
// at work and nothing waits; done is false if it was not run.
func (w *writer) atOnce(t *task) (err error, done bool) {
	if !w.relaxed || t.durable {
		return nil, false
	}
	select {
	case w.turn <- struct{}{}:
	default:
		return nil, false
	}
	defer func() { <-w.turn }()
	if w.crowd > 1 || w.local.count() > 0 || w.remote.count() > 0 || w.stopping() {
		return nil, false
	}
	w.courtesy.begin(t)
	defer w.courtesy.end(t) // also if it panics
	t.finish = func(e error) { err = e }
	if !w.commit([]*task{t}, false) && w.unsynced.CompareAndSwap(false, true) {
		signal(w.dirtied)
	}
	return err, true
}
