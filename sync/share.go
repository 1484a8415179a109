package antientropy

const (
	// FarBehind is how many documents a replica must lack for it to be worth
	// while that several peers feed it at once.
	FarBehind Count = 4096
	// MaxParts bounds Share.Parts.
	MaxParts = 64
)

// askShare tells the peer where to begin.
func (s *Session) askShare(in Share) error {
	return nil
}
