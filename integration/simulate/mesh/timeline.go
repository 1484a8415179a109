package mesh

import (
	"container/heap"
	"time"
)

// timeline is what will happen, in order of time. Nothing else makes time
// pass. Events of one moment happen in the order in which they were planned.
type timeline struct {
	now  time.Duration // since the beginning
	made uint64
	plan plan
}

type event struct {
	at    time.Duration
	order uint64
	do    func()
}

// after plans do for d from now.
func (t *timeline) after(d time.Duration, do func()) {
	t.made++
	heap.Push(&t.plan, event{t.now + max(d, 0), t.made, do})
}

// advance lets the next event happen; it reports false if there is none up to
// the moment until, which it is then.
func (t *timeline) advance(until time.Duration) bool {
	if len(t.plan) == 0 || t.plan[0].at > until {
		t.now = until
		return false
	}
	e := heap.Pop(&t.plan).(event)
	t.now = e.at
	e.do()
	return true
}

// plan is a heap of events.
type plan []event

func (p plan) Len() int { return len(p) }
func (p plan) Less(i, j int) bool {
	return p[i].at < p[j].at || p[i].at == p[j].at && p[i].order < p[j].order
}
func (p plan) Swap(i, j int) { p[i], p[j] = p[j], p[i] }
func (p *plan) Push(x any)   { *p = append(*p, x.(event)) }
func (p *plan) Pop() any {
	last := len(*p) - 1
	e := (*p)[last]
	(*p)[last] = event{}
	*p = (*p)[:last]
	return e
}
