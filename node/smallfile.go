package node

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A small file is JSON with its checksum, beside the store: what the node can do
// without, but must not take for something else when the disk has changed it.
type smallFile struct {
	// Sum is the SHA-256 of Content without white space, in hexadecimal digits.
	Sum     string          `json:"sha256"`
	Content json.RawMessage `json:"content"`
}

// errSum is why a small file is not believed.
var errSum = errors.New("its checksum is another: it was changed where it lies")

// loadSmall reads what saveSmall has written into v; a file that is not there leaves
// v alone. If it cannot be believed the error says why, and v holds what could be
// made out all the same. A file of an earlier version, without a checksum, is read.
func loadSmall(path string, v any) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var f smallFile
	if err := json.Unmarshal(text, &f); err != nil || f.Sum == "" && f.Content == nil {
		if err := json.Unmarshal(text, v); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	}
	sum, err := f.sum()
	if err != nil || sum != f.Sum {
		_ = json.Unmarshal(f.Content, v)
		return fmt.Errorf("%s: %w", path, errSum)
	}
	if err := json.Unmarshal(f.Content, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// saveSmall replaces a small file, durably.
func saveSmall(path string, v any) (err error) {
	var f smallFile
	if f.Content, err = json.Marshal(v); err != nil {
		return err
	}
	if f.Sum, err = f.sum(); err != nil {
		return err
	}
	text, err := json.MarshalIndent(f, "", "\t")
	if err != nil {
		return err
	}
	return writeFile(path, append(text, '\n'))
}

func (f smallFile) sum() (string, error) {
	var plain bytes.Buffer
	if err := json.Compact(&plain, f.Content); err != nil {
		return "", err
	}
	sum := sha256.Sum256(plain.Bytes())
	return hex.EncodeToString(sum[:]), nil
}

// putAside renames a file beside the store that cannot be believed, so that it is
// there to be looked at, and tells of it. What of it could be used is.
func (n *Node) putAside(name, without string, why error) {
	path := filepath.Join(n.options.Dir, name)
	detail := fmt.Sprintf("%v; it is %s.damaged now: %s", why, name, without)
	if err := os.Rename(path, path+".damaged"); err != nil {
		detail = fmt.Sprintf("%v; it could not be put aside (%v): %s", why, err, without)
	}
	n.sink.incident(IncidentEvent{Kind: DamagedFile, Detail: detail})
}
