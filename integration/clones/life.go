package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/crdtstore/crdtstore/integration/process"
)

// collection is the one that all write.
const collection = "c"

// life is a data directory of the device, and what it went through: a copy, a restored one, or
// one that was put back, begins a new life.
type life struct {
	*process.Peer
	name  int
	has   map[int]bool // writes that it has made or taken over
	told  bool         // it has said that there is, or was, another
	fresh bool         // it has not been started
	how   string       // it began
}

// write is one change: a document, a field of one document, or a count.
type write struct {
	life    int
	replica string
	kind    string
	ctx     map[int]bool // what its life had
}

// moment is a copy of a directory, or a backup, that waits to be used.
type moment struct {
	path string
	has  map[int]bool
	of   string // the directory
}

// replica is the incarnation that the life writes as now.
func (l *life) replica() (string, error) {
	var s struct{ Replica string }
	err := l.JSON("/v1/status", &s)
	return s.Replica, err
}

// listen notes whether the life has said that it is not alone.
func (l *life) listen() error {
	var got struct {
		Findings []struct{ Kind string }
	}
	if err := l.JSON("/v1/findings", &got); err != nil {
		return err
	}
	for _, f := range got.Findings {
		if f.Kind == "clone" || f.Kind == "rollback" || f.Kind == "watermark" {
			l.told = true
		}
	}
	return nil
}

// change sends one request that must be carried out.
func (l *life) change(method, key, body, kind string) error {
	a, err := l.Do(method, "/v1/docs/"+collection+"/"+key, body, "Content-Type: "+kind)
	if err == nil && !a.OK() {
		err = fmt.Errorf("%s %s: %d %s", method, key, a.Status, a.Body)
	}
	return err
}

// carryOut makes a write.
func (l *life) carryOut(id int, kind string) error {
	switch kind {
	case "document":
		return l.change("PUT", fmt.Sprintf("own-%d", id), fmt.Sprintf(`{"id":%d}`, id), "application/json")
	case "field":
		return l.change("PATCH", "both", fmt.Sprintf(`{"w%d":1}`, id), "application/merge-patch+json")
	}
	return l.change("PATCH", "count", `[{"op":"incr","path":"/n","by":1}]`, "application/vnd.crdt.ops+json")
}

// copyDir copies a directory as cp -a does. Where there is one already its files are replaced,
// and the directories stay those that they are.
func copyDir(from, to string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	stale, err := filepath.Glob(filepath.Join(to, "*"))
	if err != nil {
		return err
	}
	for _, path := range stale {
		inside := filepath.Join(from, filepath.Base(path))
		if info, err := os.Stat(inside); err == nil && info.IsDir() {
			err = copyDir(inside, path)
			if err != nil {
				return err
			}
		} else if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	if out, err := exec.Command("cp", "-a", "--sparse=always", from+"/.", to).CombinedOutput(); err != nil {
		return fmt.Errorf("cp -a: %w: %s", err, out)
	}
	return nil
}

// backup writes one with the identity.
func (l *life) backup(file string) error {
	a, err := l.Do("POST", "/v1/backup", `{"identity":true}`, "Content-Type: application/json", l.Token())
	if err == nil && !a.OK() {
		err = fmt.Errorf("backup: %d %s", a.Status, a.Body)
	}
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(a.Body), 0o600)
}

// restore makes a directory of a backup.
func restore(bin, file, dir string) error {
	out, err := exec.Command(bin, "restore", "--data-dir", dir, file).CombinedOutput()
	if err != nil {
		return fmt.Errorf("restore: %w: %s", err, out)
	}
	return nil
}

// holds compares what the peer holds with what must be there.
func (h *history) holds() error {
	docs, err := h.b.Documents(collection)
	if err != nil {
		return err
	}
	var both map[string]int
	var count struct{ N int }
	if err := errors.Join(json.Unmarshal([]byte(docs["both"]), &both), json.Unmarshal([]byte(docs["count"]), &count)); err != nil {
		return err
	}
	counts := 0
	for id := range maps.Keys(h.has) {
		switch h.written[id].kind {
		case "document":
			if docs[fmt.Sprintf("own-%d", id)] == "" {
				return fmt.Errorf("own-%d is lost", id)
			}
		case "field":
			h.fields++
			if both[fmt.Sprintf("w%d", id)] == 0 {
				h.lostFields++
			}
		default:
			counts++
		}
	}
	h.counts, h.lostCounts = counts, counts-count.N
	if h.lostCounts < 0 {
		return fmt.Errorf("%d counts are %d: some counted twice", counts, count.N)
	}
	if !h.blind && h.lostFields+h.lostCounts > 0 {
		return fmt.Errorf("%d fields and %d counts are lost: %s %s", h.lostFields, h.lostCounts, docs["both"], strings.TrimSpace(docs["count"]))
	}
	return nil
}
