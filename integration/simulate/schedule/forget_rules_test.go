package schedule

// forgetRules are those of forgetting removals, each broken once.
var forgetRules = []rule{
	{"what the sender has forgotten is not inherited", []breakage{
		{"../storage/inherit.go", "if f.Forgotten.Equal(crdt.VersionVector{}) {", "if true {"},
	}},
	{"what the sender has forgotten is not inherited with documents where it is known", []breakage{
		{"../storage/inherit.go", "len(f.Documents) > 0 ||", "false ||"},
	}},
	{"what the sender has forgotten is not looked at where a frame is merged", []breakage{
		{"../storage/evidence.go", "if own.Covers(f.Forgotten) {", "if true {"},
		{"../sync/comparison.go", "if base.Covers(f) ||", "if base.Covers(f) || true ||"},
	}},
	{"only the heads of what is dropped count as forgotten", []breakage{
		{"../storage/forget.go", "		dropped++\n", "		dropped++\n\t\tfor _, h := range rec.Heads {\n\t\t\tonly.Raise(h.Replica, h.Counter)\n\t\t}\n"},
		{"../storage/forget.go", "	known := b.peek(coll).knowledge\n", "	known := b.peek(coll).knowledge\n\tvar only crdt.VersionVector\n"},
		{"../storage/forget.go", "forgotten.Raise(f, t, crdt.VersionVector{}, v)", "forgotten.Raise(f, t, crdt.VersionVector{}, v.Least(only))"},
	}},
	{"nothing counts as forgotten", []breakage{
		{"../storage/forget.go", "	b.setForgotten(coll, forgotten)\n	return dropped", "	return dropped"},
	}},
	{"removals are forgotten whatever the horizon counts", []breakage{
		{"../storage/forget.go", "if !horizon.Has(h) || !known.Has(h)", "if !known.Has(h)"},
	}},
	{"removals are forgotten that the tree does not show", []breakage{
		{"../storage/forget.go", "|| !hashed.Has(h) {", "{"},
	}},
	{"a head that says what to hash goes unnoticed", []breakage{
		{"../storage/merge.go", "	return b.stale(coll, j.rec, j.own)", "	if !j.changed {\n\t\treturn nil\n\t}\n\treturn b.stale(coll, j.rec, j.own)"},
	}},
	{"what was compared differs nowhere", []breakage{
		{"../sync/compared.go", "if !lacking[x] {", "if !lacking[x] || true {"},
	}},
	{"keys are compared, not what they hold", []breakage{
		{"../sync/sketch.go", "digest[:]...", "digest[:0]..."},
	}},
	{"frames count on the comparison of an earlier snapshot", []breakage{
		{"../sync/collection.go", "		c.drain.view.Close()\n", "		c.drain.view.Close()\n\t\tif m := c.drain.comparison; m != nil && m.done {\n\t\t\tc.kept = m\n\t\t}\n"},
		{"../sync/collection.go", "	rehash      rehash\n", "	rehash      rehash\n\tkept        *comparison\n"},
		{"../sync/pump.go", "		c.passed = c.drain.passed\n", "		c.passed = c.drain.passed\n\t\tif m := c.drain.comparison; m != nil && m.done {\n\t\t\tc.kept = m\n\t\t}\n"},
		{"../sync/pump.go", "	if c.drain.forgotten, err", "	c.drain.comparison = c.kept\n	if c.drain.forgotten, err"},
	}},
	{"what has come since the comparison is not looked at", []breakage{
		{"../storage/evidence.go", "ok, err = e.inIndex(low, high, own)", "ok = true"},
	}},
	{"who has not compared merges what it can", []breakage{
		{"../storage/evidence.go", "ok, err = e.inRecords(low, high)", "ok = true"},
	}},
	{"of what was named only candidates are sent", []breakage{
		{"../sync/drain.go", "if !named && covered(base", "if covered(base"},
	}},
	{"an absence takes away what its sender has never seen", []breakage{
		{"../storage/join.go", "crdt.State{Document: remote, Heads: doc.Heads, Context: w.f.Vector}", "crdt.State{Document: remote, Heads: doc.Heads, Context: absenceContext(doc, own, w.f.Vector)}"},
		{"../storage/join.go", "// record is one where", "func absenceContext(doc FrameDocument, own, theirs crdt.VersionVector) crdt.VersionVector {\n\tif len(doc.Heads) == 0 {\n\t\treturn own.Merge(theirs)\n\t}\n\treturn theirs\n}\n\n// record is one where"},
	}},
	{"an absence takes nothing away", []breakage{
		{"../storage/join.go", "	if len(doc.Heads) == 0 {\n", "	if len(doc.Heads) == 0 {\n\t\treturn nil, nil\n"},
	}},
	{"what comes of a forgotten document is taken as new", []breakage{
		{"../storage/join.go", "if first && !remote.Partial()", "if (first || true) && !remote.Partial()"},
	}},
}
