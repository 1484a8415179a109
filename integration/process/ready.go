package process

import (
	"fmt"
	"strings"
)

// ParseReady reads the line that a crdtd prints when it takes requests, "ready
// peer=… http=…": its PeerID and the address of its HTTP service. Any other
// line is ErrNotReady.
func ParseReady(line string) (id, address string, err error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	if !ok {
		return "", "", fmt.Errorf("%w: no ready line: %q", ErrNotReady, line)
	}
	for field := range strings.FieldsSeq(rest) {
		switch name, value, _ := strings.Cut(field, "="); name {
		case "peer":
			id = value
		case "http":
			address = value
		}
	}
	if id == "" || address == "" {
		return "", "", fmt.Errorf("%w: no peer or no http: %q", ErrNotReady, line)
	}
	return id, address, nil
}
