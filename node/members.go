package node

import (
	"cmp"
	"fmt"
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

// loadMembers reads the members of dir. Of a file that is damaged it gives, with the
// error, what could be made out: addresses are tried, and who answers has to prove
// who it is.
func loadMembers(dir string) (all []member, err error) {
	if dir == "" {
		return nil, nil
	}
	if err = loadSmall(filepath.Join(dir, membersFile), &all); err != nil {
		err = fmt.Errorf("known peers: %w", err)
		all = slices.DeleteFunc(all, func(m member) bool { return len(m.Addrs) == 0 })
	}
	return all[:min(len(all), maxMembers)], err
}

// saveMembers replaces the members of dir, at most maxMembers of them.
func saveMembers(dir string, all []member) error {
	if dir == "" {
		return nil
	}
	slices.SortFunc(all, func(a, b member) int {
		return cmp.Or(b.Seen.Compare(a.Seen), cmp.Compare(a.Peer, b.Peer))
	})
	if err := saveSmall(filepath.Join(dir, membersFile), all[:min(len(all), maxMembers)]); err != nil {
		return fmt.Errorf("known peers: %w", err)
	}
	return nil
}
