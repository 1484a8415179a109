package node_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
)

// task is an element of a list with a field for each of two writers and two
// that both write.
type task struct {
	ID    string `json:"id"`
	A     string `json:"a"`
	B     string `json:"b"`
	Count int    `json:"count" crdt:"counter"`
	Text  string `json:"text" crdt:"text"`
}

// plan is what one of the writers does to a list of tasks.
type plan struct {
	edit, remove []bool // by element
	insert       []int  // before which elements
}

// do changes a list as the writer called name.
func (p plan) do(name string, list []task) []task {
	out := []task{}
	for i := range list {
		for k, at := range p.insert {
			if at == i {
				out = append(out, task{ID: fmt.Sprint(name, k)})
			}
		}
		x := list[i]
		if p.remove[i] {
			continue
		}
		if p.edit[i] {
			x.Count++
			if name == "a" {
				x.A, x.Text = "by a", "a"+x.Text
			} else {
				x.B, x.Text = "by b", x.Text+"b"
			}
		}
		out = append(out, x)
	}
	return out
}

func plans(t *rapid.T, name string, n int) plan {
	var p plan
	for range n {
		p.edit = append(p.edit, rapid.Bool().Draw(t, name+" edits"))
		p.remove = append(p.remove, !p.edit[len(p.edit)-1] && rapid.IntRange(0, 3).Draw(t, name+" removes") == 0)
	}
	if n > 0 {
		p.insert = rapid.SliceOfNDistinct(rapid.IntRange(0, n-1), 0, 2, rapid.ID[int]).Draw(t, name+" inserts")
	}
	return p
}

// TestModifiesOfElements: two nodes edit, remove and insert elements of one
// list while apart. What comes out is the list that was, with the edits of
// both in each element, without those that one removed, and with all that are
// new.
func TestModifiesOfElements(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(0, 6).Draw(r, "n")
		a, b := plans(r, "a", n), plans(r, "b", n)
		from := []task{}
		for i := range n { // what is edited while it is removed survives in part
			a.remove[i], b.remove[i] = a.remove[i] && !b.edit[i], b.remove[i] && !a.edit[i]
			from = append(from, task{ID: fmt.Sprint(i), Text: "|"})
		}
		var expect []string
		for i, x := range from {
			if a.remove[i] || b.remove[i] {
				continue
			}
			if a.edit[i] {
				x.A, x.Text, x.Count = "by a", "a"+x.Text, x.Count+1
			}
			if b.edit[i] {
				x.B, x.Text, x.Count = "by b", x.Text+"b", x.Count+1
			}
			expect = append(expect, fmt.Sprint(x))
		}
		var wrong string
		bubble.Test(t, func(t *testing.T) {
			w := newWorld(t)
			n := w.mesh("a", "b")
			defer w.close(n...)
			if _, err := node.Of[[]task](n[0].Collection("c")).Put(t.Context(), "k", from, node.PutOptions{}); err != nil {
				t.Fatal(err)
			}
			w.converge(n...)
			w.Partition([]string{"a"}, []string{"b"})
			modify(t, n[0], "k", func(v *[]task) { *v = a.do("a", *v) })
			modify(t, n[1], "k", func(v *[]task) { *v = b.do("b", *v) })
			w.Heal()
			w.converge(n...)
			for _, n := range n {
				list, err := node.Of[[]task](n.Collection("c")).Get(t.Context(), "k")
				if err != nil {
					t.Fatal(err)
				}
				var old, added []string
				for _, x := range list {
					if x.ID[0] < 'a' {
						old = append(old, fmt.Sprint(x))
					} else {
						added = append(added, x.ID)
					}
				}
				slices.Sort(added)
				wrong += cmp.Diff(expect, old)
				if len(added) != len(a.insert)+len(b.insert) || len(slices.Compact(added)) != len(added) {
					wrong += fmt.Sprint("added ", added)
				}
			}
		})
		if wrong != "" {
			r.Fatal(wrong)
		}
	})
}
