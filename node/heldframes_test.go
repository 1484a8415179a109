package node

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// heldFrames is a writer loop in short: what it commits, and which collections it has read.
type heldFrames struct {
	unread    *unread
	remote    *queue
	unreadYet map[string]bool // frames of them cannot be merged
	committed []string
	failed    []string
	reading   []string
}

func newHeldFrames(collections ...string) *heldFrames {
	h := &heldFrames{remote: newQueue(), unreadYet: map[string]bool{}}
	for _, c := range collections {
		h.unreadYet[c] = true
	}
	h.unread = newUnread(h.remote)
	h.unread.read = func(collection string) { h.reading = append(h.reading, collection) }
	return h
}

func (h *heldFrames) push(names ...string) {
	for _, name := range names {
		collection, _, _ := strings.Cut(name, "/")
		h.remote.push(&task{size: 1, collection: collection, finish: func(err error) {
			if err != nil {
				h.failed = append(h.failed, name)
			} else {
				h.committed = append(h.committed, name)
			}
		}})
	}
}

// round is a round of the loop with groups of a size.
func (h *heldFrames) round(size int) {
	h.unread.release()
	for group := h.remote.take(1<<20, size); ; {
		if group = h.unread.behind(group); len(group) == 0 {
			return
		}
		spoiler := slices.IndexFunc(group, func(t *task) bool { return h.unreadYet[t.collection] })
		if spoiler >= 0 && h.unread.hold(group[spoiler]) {
			continue
		}
		if spoiler >= 0 {
			group[spoiler].finish(group[spoiler].err)
			group = slices.Delete(group, spoiler, spoiler+1)
			continue
		}
		for _, t := range group {
			t.finish(nil)
		}
		return
	}
}

func (h *heldFrames) over(collection string, err error) {
	h.unreadYet[collection] = err != nil
	h.unread.over(collection, err)
}

// TestHeldFramesKeepTheirOrder: frames of a collection whose index is being read are merged in the order in which they
// came, whether they were taken before, with, or behind the one that was held first, and before those that came when it
// was read; those of other collections do not wait. The index is read once.
func TestHeldFramesKeepTheirOrder(t *testing.T) {
	for size := 1; size <= 5; size++ {
		h := newHeldFrames("a")
		h.push("a/1", "b/1", "a/2", "b/2", "a/3")
		for range 5 {
			h.round(size)
		}
		if want := []string{"b/1", "b/2"}; !slices.Equal(h.committed, want) {
			t.Errorf("groups of %d: %v while the index was read, want %v", size, h.committed, want)
		}
		h.push("a/4", "a/5")
		h.round(1) // takes a/4 to the others
		h.over("a", nil)
		h.push("a/6", "b/3")
		for range 7 {
			h.round(size)
		}
		of := slices.DeleteFunc(slices.Clone(h.committed), func(name string) bool { return name[0] != 'a' })
		if want := []string{"a/1", "a/2", "a/3", "a/4", "a/5", "a/6"}; !slices.Equal(of, want) || len(h.committed) != 9 {
			t.Errorf("groups of %d: %v was merged, want %v and 3 of b", size, h.committed, want)
		}
		if !slices.Equal(h.reading, []string{"a"}) {
			t.Errorf("groups of %d: %v were read", size, h.reading)
		}
	}
}

// TestHeldFramesFail: what waited for an index that could not be read fails for that reason; what came later has it read again.
func TestHeldFramesFail(t *testing.T) {
	h, broken := newHeldFrames("a"), errors.New("broken")
	h.push("a/1", "a/2")
	h.round(2)
	h.over("a", broken)
	h.round(2)
	if want := []string{"a/1", "a/2"}; !slices.Equal(h.failed, want) || h.committed != nil {
		t.Errorf("%v failed and %v was merged, want %v to fail", h.failed, h.committed, want)
	}
	h.push("a/3")
	h.round(1)
	h.over("a", nil)
	h.round(1)
	if want := []string{"a/3"}; !slices.Equal(h.committed, want) || len(h.reading) != 2 {
		t.Errorf("%v was merged after %v were read, want %v", h.committed, h.reading, want)
	}
}
