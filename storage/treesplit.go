package storage

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage/merkle"
)

// splitSamples is how many index entries Split reads for each part, where the
// tree cannot tell.
const splitSamples = 32

// Split names keys that cut the documents of the View into about parts equal
// numbers: parts-1 of them, or fewer where there are few documents, in
// order, none of them "". It reads the tree from the root down to each cut; the
// numbers are exact where the tree is hashed. Where it sums up less than
// half of the documents, the keys are those of a sample of the dot index.
func (v *View) Split(parts int) ([]string, error) {
	w := v.walk()
	root, level, err := w.Root()
	if err != nil {
		return nil, v.treeError(err)
	}
	if root.Count < v.Count()/2 {
		return v.splitSample(parts)
	}
	var cuts []string
	for i := 1; i < parts; i++ {
		at := root.Count / uint64(parts) * uint64(i)
		at += root.Count % uint64(parts) * uint64(i) / uint64(parts)
		key, err := documentAt(w, level, at)
		if err != nil {
			return nil, v.treeError(err)
		}
		cuts = append(cuts, key)
	}
	return cutsOf(cuts), nil
}

// documentAt is the key of the document that has skip others before it,
// by the counts of the tree; "" if it has gone since it was hashed.
func documentAt(w merkle.Walk, level int, skip uint64) (key string, err error) {
	boundary := ""
	for ; level > 0; level-- {
		children, _, err := w.Children(level, boundary, "", merkle.MaxRun)
		if err != nil || len(children) == 0 {
			return "", err
		}
		for _, c := range children {
			if boundary = c.Boundary; skip < c.Count {
				break
			}
			skip -= c.Count
		}
	}
	documents, _, err := w.Leaf(boundary, "", merkle.MaxRun)
	if err != nil || len(documents) == 0 {
		return "", err
	}
	return documents[min(skip, uint64(len(documents)-1))].Key, nil
}

// splitSample cuts a sample of the index: entries at even distances in the
// counters of all replicas. Removed documents are among them.
func (v *View) splitSample(parts int) ([]string, error) {
	newest := v.state.knowledge.Max()
	total := uint64(0)
	for _, n := range newest.All() {
		total += n
	}
	samples := max(parts, 1) * splitSamples
	stride := total/uint64(samples) + 1
	var keys []string
	for n := range int(v.state.replicas) {
		id, err := v.replicaID(replicaNumber(n))
		if err != nil {
			return nil, err
		}
		last := newest.Counter(id)
		for counter := firstSample(id, stride); counter < last; counter += stride {
			for item, err := range v.snap.Scan(indexRange(v.coll, replicaNumber(n), counter)) {
				if err != nil {
					return nil, err
				}
				key, _, _ := strings.Cut(string(item.Value), string(rune(betweenKeys)))
				keys = append(keys, key)
				break
			}
		}
	}
	slices.Sort(keys)
	var cuts []string
	for i := 1; i < parts && len(keys) > 0; i++ {
		cuts = append(cuts, keys[i*len(keys)/parts])
	}
	return cutsOf(cuts), nil
}

// firstSample is where in the first stride of a replica's counters its
// sample begins: elsewhere for each, so that of many replicas with few
// changes each some are in it.
func firstSample(id crdt.ReplicaID, stride uint64) uint64 {
	return binary.BigEndian.Uint64(id[:]) % stride
}

// cutsOf drops what appears twice, and "".
func cutsOf(keys []string) []string {
	slices.Sort(keys)
	keys = slices.Compact(keys)
	if len(keys) > 0 && keys[0] == "" {
		keys = keys[1:]
	}
	return keys
}
