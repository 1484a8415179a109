package p2p

import (
	"context"
	"errors"
	"fmt"
)

// Limits that every adapter keeps.
const (
	// MaxMessage is the largest message a Conn carries, in bytes: 4 MiB of
	// payload and 64 KiB for what wraps it. A larger one is refused by the
	// sender, and by the receiver before it allocates.
	MaxMessage = 4<<20 + 64<<10
	// MaxReason is the longest reason, in bytes, that travels with Close.
	MaxReason = 256
	// SecretSize is the size of a mesh secret in bytes.
	SecretSize = 32
)

// Reasons that a caller may want to tell from others. They appear as
// Event.Reason and Peer.Reason, in exactly these words.
const (
	// ReasonWrongSecret: the two peers do not share a mesh secret. Both
	// sides say so, whoever dialled.
	ReasonWrongSecret = "wrong mesh secret"
	// ReasonNoProof: the peer did not say in time whether it knows the
	// secret.
	ReasonNoProof = "did not prove membership in time"
	// ReasonReplaced: the peer came back (it restarted) while the Conn to
	// its former life was still open; an Up with the new Conn follows.
	ReasonReplaced = "replaced by a newer connection"
	// ReasonLost: the connection broke without a word.
	ReasonLost = "connection lost"
	// ReasonMute: the peer holds the Conn and does not answer. However long it was
	// waited for, to have met it counts as a failure.
	ReasonMute = "stopped answering"
	// ReasonClosing: the peer's Network was closed.
	ReasonClosing = "peer is shutting down"
)

var (
	// ErrClosed is returned by a Conn or a Network after it was closed, by
	// either side; errors.As finds the CloseError that tells why.
	ErrClosed = errors.New("connection closed")
	// ErrTooLarge is returned by Send for a message above MaxMessage (the
	// Conn stays usable), and by Receive when the peer announces one (the
	// Conn is closed).
	ErrTooLarge = errors.New("message too large")
	// ErrAddress is returned by Network.Add for text that is not an address
	// of a peer.
	ErrAddress = errors.New("not a peer address")
)

// Network is one started endpoint of a mesh: it finds the other members,
// proves the mesh secret to them, keeps one Conn to each that is wanted for as
// long as both run, and reports all that on one channel. All methods may be called from
// any goroutine.
type Network interface {
	// Self is the own peer id in its text form.
	Self() string
	// Addrs lists the addresses to reach this endpoint at now, each ending in
	// its peer id. They change when the machine changes networks.
	Addrs() []string
	// Events is the one stream of what happens. It has one reader, which may
	// be slow: Ups and Downs arrive in order for each peer, in turn, but an Up
	// that was over before it was read is left out with its Down; of the other
	// kinds only the latest of a peer is sure to arrive. Close closes it.
	Events() <-chan Event
	// Peers tells what is known of each peer now, ordered by ID.
	Peers() []Peer
	// Add makes peers known by their addresses. Those that are wanted are tried
	// at once, then with backoff, for ever. It also ends the backoff of a peer
	// that was refused or cut. It adds all or, with ErrAddress, none.
	Add(addrs ...string) error
	// Want says whether to keep a Conn to a peer. One that is wanted is tried,
	// with backoff, also at addrs, for which nobody vouches; those that cannot
	// be tried are left out. One that is not wanted is not tried; a Conn that is
	// open stays open until it is closed, which then is no failure to back off
	// from, and the peer may come by itself. The peer "" stands for all of whom
	// nothing was said yet: they are wanted, until Want says otherwise.
	Want(peer string, wanted bool, addrs ...string)
	// Close disconnects from all peers and returns when nothing is left
	// running. Downs are not reported any more.
	Close() error
}

// Conn is the one message connection to a member. The Network opens it, after
// both sides have proven the secret, and hands it out in an Up event; both
// sides then hold exactly one. Messages arrive whole, once and in order, until
// the Conn ends. Send may be called concurrently; Receive not. Receive always:
// the end of a Conn, with the peer's reason, is noticed by reading it.
type Conn interface {
	// Peer is the id of the member at the other end.
	Peer() string
	// Send hands over one message of at most MaxMessage bytes; it may be
	// empty. It blocks while the peer does not read. It keeps no reference
	// to message. When ctx ends in the middle of a message, the Conn is
	// closed, as half a message cannot be taken back.
	Send(ctx context.Context, message []byte) error
	// Receive waits for the next message; the caller owns the bytes. When
	// ctx ends, nothing is lost: the next Receive goes on.
	Receive(ctx context.Context) ([]byte, error)
	// Close ends the Conn and tells the peer why, if it still listens. It
	// does not wait for messages in flight: a protocol that needs its last
	// message read says so in a message. Further calls do nothing.
	Close(reason string) error
	// Cut is Close for a peer that misbehaved: it is kept out for a minute,
	// twice as long each further time, at most a day, until it has kept to the
	// rules for as long as it was kept out the last time. Its state is Refused
	// with this reason.
	Cut(reason string)
}

// CloseError tells why a Conn has ended. It is ErrClosed.
type CloseError struct {
	Reason string // printable text of at most MaxReason bytes
	ByPeer bool   // the other side closed, and the reason is its word
}

// Error says who closed and why.
func (e *CloseError) Error() string {
	if e.ByPeer {
		return fmt.Sprintf("%v by peer: %s", ErrClosed, e.Reason)
	}
	return fmt.Sprintf("%v: %s", ErrClosed, e.Reason)
}

// Unwrap makes errors.Is(err, ErrClosed) true.
func (e *CloseError) Unwrap() error { return ErrClosed }
