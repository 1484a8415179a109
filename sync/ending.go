package antientropy

import "fmt"

// ending is the error that ends a session: why, and what to tell. A local
// failure keeps its detail from the peer.
type ending struct {
	reason Reason
	detail string
	byPeer bool
	cause  error // of a local failure
}

func (e *ending) Error() string {
	if e.detail == "" {
		return string(e.reason)
	}
	return string(e.reason) + ": " + e.detail
}

func (e *ending) Unwrap() error { return e.cause }

// bad is the ending for bytes or parts that are not what the protocol says.
func bad(format string, args ...any) error {
	return ends(ReasonGarbage, format, args...)
}

func ends(r Reason, format string, args ...any) error {
	return &ending{reason: r, detail: cutText(fmt.Sprintf(format, args...), maxText)}
}

// failed is the ending for a store that cannot be read or written.
func failed(doing string, err error) error {
	return &ending{reason: ReasonStorage, detail: fmt.Sprintf("%s: %v", doing, err), cause: err}
}
