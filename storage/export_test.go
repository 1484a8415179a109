package storage

// SortAtMost makes Candidates read records in key order when there are more
// than n, as it does in production above 64 Ki.
func (d *Documents) SortAtMost(n int) { d.sorted = n }
