package crdt

// Writer hands out the dots of one transaction: a contiguous range of the
// replica's counters in one collection (Law D). Several documents may be
// edited with one Writer, one after the other.
type Writer struct {
	Replica ReplicaID
	Next    uint64    // the counter that the next dot takes; counters start at 1
	Time    Timestamp // the one timestamp of the transaction
	taken   uint64
}

// NewWriter starts a transaction of replica whose first dot has counter next.
func NewWriter(replica ReplicaID, next uint64, time Timestamp) *Writer {
	return &Writer{Replica: replica, Next: next, Time: time}
}

// Dot takes the next dot.
func (w *Writer) Dot() Dot {
	d := Dot{w.Replica, w.Next}
	w.Next++
	w.taken++
	return d
}

// Take takes the next n dots, which are consecutive, and returns the first.
func (w *Writer) Take(n int) Dot {
	d := Dot{w.Replica, w.Next}
	w.Next += uint64(n)
	w.taken += uint64(n)
	return d
}

// Taken is how many dots the transaction has taken so far.
func (w *Writer) Taken() uint64 { return w.taken }

// Last is the dot taken last; ok is false while none is taken. After the edit
// of a document it is that document's head.
func (w *Writer) Last() (d Dot, ok bool) {
	if w.taken == 0 {
		return Dot{}, false
	}
	return Dot{w.Replica, w.Next - 1}, true
}

// entry stamps a value with the next dot and the transaction's time.
func (w *Writer) entry(k Kind, v Value) entry {
	return entry{Kind: k, Dot: w.Dot(), Time: w.Time, Value: v}
}
