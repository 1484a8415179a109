package node

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// placeOf says where a data directory lies: a hash over the directory that holds
// the store, as its file system names it, and the machine. It stays the same for as
// long as the directory is not copied: a copy is another directory, or the same
// one on another disk or machine. "" where that cannot be told, and then nothing
// is concluded from it.
func placeOf(dir string) string { return placeOfStore(filepath.Join(dir, storeDir)) }

// placeOfStore is placeOf by the directory that holds, or will hold, the store.
func placeOfStore(store string) string {
	at := directoryID(store)
	if at == "" {
		return ""
	}
	h := sha256.New()
	h.Write([]byte(at))
	for _, path := range machineFiles {
		h.Write([]byte("\x00" + strconv.Itoa(len(path))))
		if b, err := os.ReadFile(path); err == nil {
			h.Write([]byte(strings.TrimSpace(string(b))))
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// replacedAt reports whether the store at a place is one that this node has put where the one
// at another place was, which was moved aside, or where one was that had replaced that.
func replacedAt(place, was string, all []Aside) bool {
	for _, a := range slices.Backward(all) {
		if place == was {
			break
		}
		if a.Place == place {
			place = a.Replaced
		}
	}
	return place == was
}
