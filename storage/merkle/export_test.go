package merkle

// WithRun is the tree with n in place of MaxRun.
func (t Tree) WithRun(n int) Tree {
	t.longest = n
	return t
}
