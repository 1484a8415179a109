package crdt

// UnitedSince tells of dots of d whether a repair that v does not count has united them.
// Who counts such a dot, and does not have it, cannot have said by that that it was
// removed, nor has it lost it: under that dot it may have known something else.
func (d *Document) UnitedSince(v VersionVector) func(Dot) bool {
	if d == nil {
		return func(Dot) bool { return false }
	}
	marks := d.root.marks(v)
	return func(dot Dot) bool {
		for i := range marks {
			if marks[i].united.has(dot) {
				return true
			}
		}
		return false
	}
}
