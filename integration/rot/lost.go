package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/crdtstore/crdtstore/node"
)

// gone looks at what the node alone had written, and is missing. That may only be
// so where it was in what is damaged, and was told. What can be read of it is
// in a file for the operator, and not gone. Why says what is wrong with that.
func (j judge) gone(missing []string) (gone []string, why string) {
	if len(missing) == 0 {
		return nil, ""
	}
	saved, err := j.saved()
	if err != nil {
		return missing, err.Error()
	}
	gone = slices.DeleteFunc(slices.Clone(missing), func(address string) bool { return saved[address] })
	switch {
	case len(gone) == 0:
	case j.res.kind != "sst" && j.res.kind != "mem":
		why = fmt.Sprintf("lost, though they were in another file: %v", gone)
	case j.said.first() == "" && (len(gone) > 1 || !j.torn(gone[0]+" ")):
		why = fmt.Sprintf("lost in silence: %v", gone)
	}
	return gone, why
}

// saved are the documents in the files of what was not taken over.
func (j judge) saved() (map[string]bool, error) {
	paths, err := filepath.Glob(filepath.Join(j.dir, "run", "aside-*", "not-salvaged.ndjson"))
	if err != nil {
		return nil, err
	}
	all := map[string]bool{}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(strings.NewReader(string(b)))
		lines.Buffer(nil, 4<<20)
		for lines.Scan() {
			var one struct{ Collection, Key string }
			if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			all[one.Collection+"/"+one.Key] = true
		}
		if err := lines.Err(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// sortedKeys are the keys of all maps.
func sortedKeys(all ...map[string]string) []string {
	keys := map[string]bool{}
	for _, m := range all {
		for key := range m {
			keys[key] = true
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

// told is what a node has said.
type told struct {
	mu        sync.Mutex
	incidents []string
	outside   bool // somebody was refused
}

// expected is what is said because the directory is a copy.
func expected(e node.IncidentEvent) bool {
	return e.Kind == node.Clone && strings.Contains(e.Detail, "is a copy")
}

func (t *told) incident(e node.IncidentEvent) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !expected(e) {
		t.incidents = append(t.incidents, e.Kind+": "+e.Detail)
	}
}

func (t *told) refused(node.PeerEvent) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.outside = true
}

func (t *told) first() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case len(t.incidents) > 0:
		return t.incidents[0]
	case t.outside:
		return "a peer was refused"
	}
	return ""
}
