package diff

// Limits of one Compare.
const (
	// Reach is how many edits one search goes from each end. The outcome has
	// as few edits as there can be if those are at most twice Reach, and the
	// work allowed is enough.
	Reach = 1 << 10
	// Work is a bound for Compare that keeps it below a tenth of a second or
	// so: steps of looking at one element.
	Work = 1 << 24
)

// Compare returns the hunks that make b of a, ascending and with equal elements
// between any two. After about work steps what has not been compared yet is
// one hunk. The memory it takes, beyond the hunks, does not depend on the input.
func Compare(a, b []int32, work int) []Hunk {
	c := comparison{a: a, b: b, work: work}
	c.between(box{0, len(a), 0, len(b)})
	return c.hunks
}

// comparison is the state of one Compare.
type comparison struct {
	a, b  []int32
	work  int // steps that are left
	hunks []Hunk
	// the furthest x on each diagonal x-y, from the start and from the end
	forward, backward []int
}

// box is the parts of a and b that are compared: a[left:right], b[top:bottom].
type box struct{ left, right, top, bottom int }

// between appends the hunks of one box. Each search halves the edits of what is
// left, so this nests to their logarithm and not deeper.
func (c *comparison) between(x box) {
	start := x.left
	for x.left < x.right && x.top < x.bottom && c.a[x.left] == c.b[x.top] {
		x.left++
		x.top++
	}
	c.work -= x.left - start
	end := x.right
	for x.left < x.right && x.top < x.bottom && c.a[x.right-1] == c.b[x.bottom-1] {
		x.right--
		x.bottom--
	}
	c.work -= end - x.right
	if x.left < x.right && x.top < x.bottom {
		if i, j, ok := c.split(x); ok {
			c.between(box{x.left, i, x.top, j})
			c.between(box{i, x.right, j, x.bottom})
			return
		}
	}
	c.hunks = add(c.hunks, Hunk{x.left, x.right - x.left, x.top, x.bottom - x.top})
}
