package merkle

// WithRun is the tree with n in place of MaxRun.
func (t Tree) WithRun(n int) Tree {
	t.longest = n
	return t
}

// WithRun is the walk of a tree with n in place of MaxRun.
func (w Walk) WithRun(n int) Walk {
	w.longest = n
	return w
}

// WithRun is the fold with n in place of MaxRun.
func (f *Fold) WithRun(n int) *Fold {
	f.shape.longest = n
	return f
}
