package diff

// split finds a point on a path of fewest edits through the box, about in its
// middle, and neither of its ends. If the ends are too far apart to meet, it is
// the furthest point that was reached from the start. ok is false when the
// work is done. First and last elements of the box differ.
func (c *comparison) split(x box) (i, j int, ok bool) {
	n, m := x.right-x.left, x.bottom-x.top
	reach := min(Reach, (n+m+1)/2)
	if size := 2*reach + 3; len(c.forward) < size {
		c.forward, c.backward = make([]int, size), make([]int, size)
	}
	zero := reach + 1 // the index of diagonal 0, counted from each end
	delta := n - m
	c.forward[zero+1], c.backward[zero+1] = 0, 0
	for d := 0; d <= reach; d++ {
		if c.work <= 0 {
			return 0, 0, false
		}
		for k := -d; k <= d; k += 2 {
			u := c.ahead(x, d, k, zero)
			if r := delta - k; delta&1 != 0 && -d < r && r < d && u+c.backward[zero+r] >= n {
				return x.left + u, x.top + u - k, true
			}
		}
		for k := -d; k <= d; k += 2 {
			u := c.back(x, d, k, zero)
			if f := delta - k; delta&1 == 0 && -d <= f && f <= d && u+c.forward[zero+f] >= n {
				return x.right - u, x.bottom - (u - k), true
			}
		}
	}
	return c.furthest(x, reach, zero)
}

// ahead carries the path of d edits on diagonal k from the start as far as it
// goes, and returns how many elements of a it has passed.
func (c *comparison) ahead(x box, d, k, zero int) int {
	u := step(c.forward, d, k, zero)
	start := u
	i, j := x.left+u, x.top+u-k
	for i < x.right && j < x.bottom && i >= x.left && j >= x.top && c.a[i] == c.b[j] {
		i++
		j++
	}
	u = i - x.left
	c.work -= u - start + 1
	c.forward[zero+k] = u
	return u
}

// back does the same from the end.
func (c *comparison) back(x box, d, k, zero int) int {
	u := step(c.backward, d, k, zero)
	start := u
	i, j := x.right-u, x.bottom-(u-k)
	for i > x.left && j > x.top && i <= x.right && j <= x.bottom && c.a[i-1] == c.b[j-1] {
		i--
		j--
	}
	u = x.right - i
	c.work -= u - start + 1
	c.backward[zero+k] = u
	return u
}

// step is where the best path of d edits enters diagonal k: from the diagonal
// above by an insertion, or from the one below by a deletion.
func step(best []int, d, k, zero int) int {
	if k == -d || k != d && best[zero+k-1] < best[zero+k+1] {
		return best[zero+k+1]
	}
	return best[zero+k-1] + 1
}

// furthest is the point inside the box that paths of d edits from the start
// have come furthest to.
func (c *comparison) furthest(x box, d, zero int) (i, j int, ok bool) {
	n, m, sum := x.right-x.left, x.bottom-x.top, 0
	for k := -d; k <= d; k += 2 {
		u := c.forward[zero+k]
		if v := u - k; u <= n && v >= 0 && v <= m && u+v > sum && u+v < n+m {
			i, j, sum = x.left+u, x.top+v, u+v
		}
	}
	return i, j, sum > 0
}
