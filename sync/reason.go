package antientropy

// Reason names why a session ended. It is shown to operators and sent in Bye;
// the texts are stable.
type Reason string

// The reasons. Those marked "peer" mean that the peer broke the protocol: the
// caller should back off before it talks to that peer again.
const (
	ReasonStopped           Reason = "stopped"            // this node, or the peer, ends the session in good order
	ReasonGarbage           Reason = "garbage"            // peer: bytes that are no message
	ReasonTruncated         Reason = "truncated"          // peer: a message that ends too early
	ReasonOversized         Reason = "oversized"          // peer: a message, document, vector or declared size above its bound
	ReasonOutOfOrder        Reason = "out of order"       // peer: a message that cannot come now, or a frame with the wrong number
	ReasonGap               Reason = "messages lost"      // a message is not the next one: what came before it was lost, or came twice
	ReasonUnknownCollection Reason = "unknown collection" // peer: a message about a collection that neither side opened, or an invalid name
	ReasonUnsignedHead      Reason = "unsigned head"      // peer: a vector that counts further than its replica signed (Law J)
	ReasonBadFrame          Reason = "malformed frame"    // peer: a frame whose parts contradict each other
	ReasonWindow            Reason = "window exceeded"    // peer: more unacknowledged frames than agreed
	ReasonTooMany           Reason = "too many"           // peer: more collections, or more knowledge, than a session holds
	ReasonNoProgress        Reason = "no progress"        // peer: frames are skipped again and again
	ReasonStoppedAnswering  Reason = "stopped answering"  // nothing received for Limits.Silence
	ReasonWrongVersion      Reason = "wrong protocol version"
	ReasonUnknownMessage    Reason = "unknown message"          // peer: a message kind that is not known and not optional
	ReasonStorage           Reason = "storage failed"           // the local store could not be read or written
	ReasonRefused           Reason = "document refused"         // a document is not taken here, and the peer knows no refusals
	ReasonScope             Reason = "scope changed"            // this node, or the peer, wants other keys from now on
	ReasonRoom              Reason = "no room for a collection" // it came to be one too many while it was on its way
	ReasonSpace             Reason = "no space on the disk"     // this node, or the peer, takes nothing for now
	ReasonReset             Reason = "new incarnation"          // what this session assumed of this replica no longer holds (Law F, Law I)
)

// Violation reports whether the reason means that the peer broke the
// protocol.
func (r Reason) Violation() bool {
	switch r {
	case ReasonStopped, ReasonStoppedAnswering, ReasonGap, ReasonWrongVersion, ReasonStorage, ReasonRefused, ReasonReset, ReasonScope, ReasonRoom, ReasonSpace:
		return false
	}
	return true
}
