package node

import (
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/node/shape"
	"github.com/crdtstore/crdtstore/p2p"
)

var (
	// ErrNotFound is returned when the document that was asked for does not
	// exist, or was removed.
	ErrNotFound = errors.New("not found")
	// ErrVersion is returned when a precondition of a write does not hold: the
	// document is not at PutOptions.IfVersion, exists despite IfAbsent, or is
	// missing despite IfPresent. Nothing was written. The error is a
	// *VersionError.
	ErrVersion = errors.New("version precondition failed")
	// ErrUnseen is returned when a resolution does not name every candidate
	// that is live now: somebody wrote in between. Nothing was written.
	ErrUnseen = crdt.ErrUnseen
	// ErrBaseGone is returned when PutOptions.Base is neither the version that
	// the document has nor one whose body this node remembers: only versions
	// that were read or written here recently are. Nothing was written; read the
	// document again and make the change on what it is now.
	ErrBaseGone = errors.New("the base version is not remembered any more")
	// ErrBaseUse is returned when PutOptions.Base comes with a write that is no
	// Put. Nothing was written.
	ErrBaseUse = errors.New("only a put has a base version")
	// ErrType is returned by a Typed collection when values of its type cannot
	// be documents; the message names the field.
	ErrType = shape.ErrType
	// ErrOtherCollection is returned when a transaction writes to a second
	// collection. Nothing was written.
	ErrOtherCollection = errors.New("a transaction writes to one collection")
	// ErrReadOnly is returned when a transaction of View writes.
	ErrReadOnly = errors.New("read-only transaction")
	// ErrTooLarge is returned when a document, or a transaction, is larger
	// than every peer can commit: 1 MiB encoded, MaxTransaction documents.
	ErrTooLarge = crdt.ErrTooLarge
	// ErrToken is returned when a text is not a token.
	ErrToken = errors.New("not a change token")
	// ErrSessionToken is returned when a text is not the token of a session.
	ErrSessionToken = errors.New("not a session token")
	// ErrSession is returned when the context ends before this node has all that
	// a session has seen or written; nothing was read, and nothing written. The
	// error is a *SessionError.
	ErrSession = errors.New("this node has not yet seen all that the session has")
	// ErrAcks is returned when the context ends before so many peers have a
	// write on disk as PutOptions.Acks asks for. The write has happened. The
	// error is an *AcksError.
	ErrAcks = errors.New("written, but not on so many peers in time")
	// ErrAckCount is returned when PutOptions.Acks, or what Acked waits for, is
	// less than 0 or more than MaxAcks. Nothing was written.
	ErrAckCount = fmt.Errorf("a write waits for 0 to %d other peers", MaxAcks)
	// ErrGap is returned when a watcher took longer over one change than
	// WatchOptions.MaxLag: its snapshot was given up. The error is a *GapError
	// with the token to resume from.
	ErrGap = errors.New("watcher too slow")
	// ErrClosed is returned when the node is closed, or closes while the call
	// is waiting.
	ErrClosed = errors.New("node closed")
	// ErrStore is returned for every write after the store failed to sync
	// once: what is on disk is not known any more. Reads go on; open the node
	// again to write.
	ErrStore = errors.New("the store failed, open the node again")
	// ErrLocked is returned by Open when another process has the directory
	// open; the message names its process id.
	ErrLocked = errors.New("directory in use")
	// ErrNoNetwork is returned when a node without a network is asked for
	// something that needs one.
	ErrNoNetwork = errors.New("the node has no network")
	// ErrUnknownPeer is returned when no peer of that ID is known.
	ErrUnknownPeer = errors.New("unknown peer")
	// ErrInvite is returned when a text is not an invite.
	ErrInvite = p2p.ErrInvite
	// ErrNotConverged is returned when the context ends before WaitConverged
	// or Sync could see every peer in sync; the message says who is not, and
	// why. It wraps the error of the context too.
	ErrNotConverged = errors.New("not converged")
)

// VersionError is the ErrVersion of one document.
type VersionError struct {
	Collection, Key string
	// Want is what the precondition asked for: a version, "absent" or "present".
	Want string
	// Have is the version that the document has, "" when there is none.
	Have string
}

func (e *VersionError) Error() string {
	have := e.Have
	if have == "" {
		have = "absent"
	}
	return fmt.Sprintf("%s/%s: %v: want %s, have %s", e.Collection, e.Key, ErrVersion, e.Want, have)
}

// Is reports that a VersionError is an ErrVersion.
func (e *VersionError) Is(target error) bool { return target == ErrVersion }

// GapError is the ErrGap of one watcher.
type GapError struct {
	Token Token // resumes where the watcher was
}

func (e *GapError) Error() string { return ErrGap.Error() + ": resume from the token" }

// Is reports that a GapError is an ErrGap.
func (e *GapError) Is(target error) bool { return target == ErrGap }
