package node

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// membersFile keeps, in the directory of a node, the members it has met, so
// that they are tried again after a restart.
const membersFile = "peers.json"

// maxMembers is how many members are kept: those that were seen last.
const maxMembers = 512

// member is a peer as it is kept across restarts.
type member struct {
	Peer  string    `json:"peer"`
	Name  string    `json:"name,omitempty"`
	Addrs []string  `json:"addrs"`
	Seen  time.Time `json:"seen,omitzero"`
}

// loadMembers reads the members of dir. A file that cannot be read is an
// error; peers can be met again, but whoever operates the node should know.
func loadMembers(dir string) ([]member, error) {
	if dir == "" {
		return nil, nil
	}
	path := filepath.Join(dir, membersFile)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("known peers: %w", err)
	}
	var all []member
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, fmt.Errorf("known peers: %s: %w", path, err)
	}
	return all[:min(len(all), maxMembers)], nil
}

// saveMembers replaces the members of dir, at most maxMembers of them.
func saveMembers(dir string, all []member) error {
	if dir == "" {
		return nil
	}
	slices.SortFunc(all, func(a, b member) int {
		return cmp.Or(b.Seen.Compare(a.Seen), cmp.Compare(a.Peer, b.Peer))
	})
	b, err := json.MarshalIndent(all[:min(len(all), maxMembers)], "", "\t")
	if err != nil {
		return fmt.Errorf("known peers: %w", err)
	}
	if err := writeFile(filepath.Join(dir, membersFile), append(b, '\n')); err != nil {
		return fmt.Errorf("known peers: %w", err)
	}
	return nil
}
