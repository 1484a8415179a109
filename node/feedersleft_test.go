package node

import (
	"slices"
	"testing"
)

// TestWhoIsLeftToFeedIsTold: whoever goes, because its session is over or
// because it has nothing more to bring, those that are left learn how many they
// are. One that never had company is told nothing.
func TestWhoIsLeftToFeedIsTold(t *testing.T) {
	f := &feeders{}
	a, b, c := &session{box: newMailbox()}, &session{box: newMailbox()}, &session{box: newMailbox()}
	for _, step := range []struct {
		what string
		do   func()
		told [3]int // messages to a, b and c
		left []int  // parts of those that bring something, as told
	}{
		{"a begins", func() { f.far(a, "x", true) }, [3]int{}, []int{1}},
		{"b begins", func() { f.far(b, "x", true) }, [3]int{1, 1, 0}, []int{2, 2}},
		{"c begins", func() { f.far(c, "x", true) }, [3]int{1, 1, 1}, []int{3, 3, 3}},
		{"another collection", func() { f.far(c, "y", true) }, [3]int{}, []int{3, 3, 3}},
		{"c is over", func() { f.ended(c) }, [3]int{1, 1, 0}, []int{2, 2}},
		{"c is over twice", func() { f.ended(c) }, [3]int{}, []int{2, 2}},
		{"b has nothing more", func() { f.far(b, "x", false) }, [3]int{1, 0, 0}, []int{1}},
		{"b has something again", func() { f.far(b, "x", true) }, [3]int{1, 1, 0}, []int{2, 2}},
		{"a has nothing more", func() { f.far(a, "x", false) }, [3]int{0, 1, 0}, []int{1}},
		{"nor has b", func() { f.far(b, "x", false) }, [3]int{}, nil},
	} {
		step.do()
		told := [3]int{len(a.box.take()), len(b.box.take()), len(c.box.take())}
		var left []int
		for _, o := range f.by["x"] {
			left = append(left, o.parts)
		}
		if told != step.told || !slices.Equal(left, step.left) {
			t.Errorf("%s: %v are told, want %v; %v bring parts, want %v", step.what, told, step.told, left, step.left)
		}
	}
	if len(f.by) > 0 {
		t.Errorf("%d collections are remembered", len(f.by))
	}
}
