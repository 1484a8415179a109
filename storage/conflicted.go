package storage

// Conflicted lists, in order, up to limit keys behind after of documents in
// which concurrent values wait to be resolved; more reports that there are
// others behind the last one. It reads an index, not the documents.
func (v *View) Conflicted(after string, limit int) (keys []string, more bool, err error) {
	start := conflictKey(v.coll, after)
	if after != "" {
		start = append(start, 0)
	}
	o := ScanOptions{Start: start, End: afterCollection(spaceConflict, v.coll), KeysOnly: true}
	for item, err := range v.snap.Scan(o) {
		if err != nil {
			return nil, false, err
		}
		if len(keys) == limit {
			return keys, true, nil
		}
		keys = append(keys, documentKeyOf(v.coll, item.Key))
	}
	return keys, false, nil
}
