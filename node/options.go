package node

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/crdtstore/crdtstore/p2p"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
)

// Durability says when a write is acknowledged.
type Durability string

const (
	// Fsync acknowledges a write when it is on disk (Law H). It is the
	// default; "" means the same.
	Fsync Durability = "fsync"
	// Relaxed acknowledges a write before it is on disk. What is not yet on
	// disk is never sent to a peer; after an unclean stop the node continues
	// as a new replica (Law F). At most one second of writes is at risk.
	Relaxed Durability = "relaxed"
)

// Profile sizes the store on disk.
type Profile string

const (
	// Edge is for small devices: 8 MiB memtables and caches. It is the
	// default; "" means the same.
	Edge Profile = "edge"
	// Server uses more memory for more throughput.
	Server Profile = "server"
)

// MaxName is the most bytes a node name may have.
const MaxName = 64

// MaxSessions is the most that Options.Sessions may ask for: every change goes to
// each of them, or is announced to it.
const MaxSessions = 64

// Options say how a node is opened. The zero value is an embedded node that
// keeps everything in memory and talks to nobody.
type Options struct {
	// Dir is where the store, the device key and the mesh secret are kept; it
	// is created if missing. "" keeps everything in memory.
	Dir string
	// Store is used in place of the one in Dir, and closed with the node. The
	// caller sees to it that nobody else uses it, or Dir.
	Store storage.Store
	// Device is used in place of the key in Dir. A store is opened with the
	// same key each time.
	Device ed25519.PrivateKey

	// Listen are the multiaddrs to accept peers on. With none, and no Join and
	// no Network, the node has no network; with none but a Join it listens on
	// DefaultListen.
	Listen []string
	// Join are invites: texts that Node.Invite of a member returned. The node
	// becomes a member of that mesh; what it holds already stays, and merges.
	Join []string
	// Sessions is with how many peers there is a session at a time, at most; 0
	// means 8, MaxSessions is the most. In a mesh of more, changes reach the others by way of those, and
	// now and then a session of ten seconds at most is held with another one.
	Sessions int
	// ForgetAfter is how old a removal is at least when what is left of the
	// document, about a hundred bytes, is dropped; it may get twice as old. 0 means
	// DefaultForgetAfter, less than that never. A peer that was away for longer
	// compares its documents with those of others before it catches up, so that
	// nothing comes back.
	ForgetAfter time.Duration
	// NoMDNS stops the node from announcing itself on, and listening to, the
	// local network.
	NoMDNS bool
	// Network starts the transport in place of libp2p.
	Network NetworkFactory

	// Collections are the patterns of what this node holds (see ParseScope); none
	// is what it held before, or everything. It counts before what SetScope has
	// kept in Dir.
	Collections []string

	// Name is what people call this node; "" is the host name. At most MaxName
	// bytes of printable UTF-8.
	Name string
	// EncryptionKey, of EncryptionKeySize bytes, encrypts the store, the device key and
	// the mesh secret in Dir; nil does not. A directory is opened with the same key
	// each time, or with none each time: ErrEncryption otherwise. On 32-bit systems there is none.
	EncryptionKey []byte

	// Durability is Fsync or Relaxed.
	Durability Durability
	// Profile is Edge or Server.
	Profile Profile

	// Rested is called, with the edge profile and a Dir, when the store was used and then left alone
	// for five seconds: what the process used meanwhile can be given back, as debug.FreeOSMemory does. It must not
	// call the node, whose Close waits for it. nil is nothing.
	Rested func()

	// Logger takes one line for every event; nil logs nothing.
	Logger *slog.Logger
	// Events are called for every event, besides the log.
	Events Events
	// Clock tells the wall time; nil is time.Now.
	Clock func() time.Time

	// space is what is free where Dir is, and all there is; nil asks the system.
	space func() (free, total int64, err error)
}

// DefaultListen is what crdtd listens on, and a joining node that was not
// told anything else: TCP and QUIC on any free port of all interfaces.
func DefaultListen() []string {
	return []string{"/ip4/0.0.0.0/tcp/0", "/ip4/0.0.0.0/udp/0/quic-v1", "/ip6/::/tcp/0", "/ip6/::/udp/0/quic-v1"}
}

// NetworkConfig is what a NetworkFactory starts an endpoint with.
type NetworkConfig struct {
	Device ed25519.PrivateKey   // the identity of this node
	Secret [p2p.SecretSize]byte // of the mesh; who cannot prove it is cut
	Listen []string             // multiaddrs
	NoMDNS bool
	Logger *slog.Logger // never nil
}

// NetworkFactory starts the network endpoint of a node.
type NetworkFactory func(ctx context.Context, c NetworkConfig) (p2p.Network, error)

// OptionError is one bad field of Options.
type OptionError struct {
	Field string // the name of the field, as in Options
	Err   error
}

func (e *OptionError) Error() string { return e.Field + ": " + e.Err.Error() }
func (e *OptionError) Unwrap() error { return e.Err }

// check reports every bad field at once: the errors are OptionErrors, joined.
func (o *Options) check() error {
	var bad []error
	add := func(field, format string, args ...any) {
		bad = append(bad, &OptionError{field, fmt.Errorf(format, args...)})
	}
	switch o.Durability {
	case "", Fsync, Relaxed:
	default:
		add("Durability", "%q is neither fsync nor relaxed", o.Durability)
	}
	switch o.Profile {
	case "", Edge, Server:
	default:
		add("Profile", "%q is neither edge nor server", o.Profile)
	}
	if n := len(o.EncryptionKey); n != 0 && n != EncryptionKeySize {
		add("EncryptionKey", "a key has %d bytes, this one %d", EncryptionKeySize, n)
	} else if n > 0 && !badger.Encrypts {
		add("EncryptionKey", "%w", badger.ErrNarrow)
	}
	if err := checkName(o.Name); err != nil {
		add("Name", "%w", err)
	}
	if o.Device != nil && len(o.Device) != ed25519.PrivateKeySize {
		add("Device", "a private key has %d bytes, this one %d", ed25519.PrivateKeySize, len(o.Device))
	}
	if o.Sessions < 0 || o.Sessions > MaxSessions {
		add("Sessions", "%d is not a number from 1 to %d, nor 0, which means 8", o.Sessions, MaxSessions)
	}
	if _, err := newScope(o.Collections); len(o.Collections) > 0 && err != nil {
		add("Collections", "%w", err)
	}
	if _, err := parseInvites(o.Join); err != nil {
		add("Join", "%w", err)
	}
	return errors.Join(bad...)
}

func checkName(name string) error {
	if len(name) > MaxName {
		return fmt.Errorf("%d bytes, at most %d", len(name), MaxName)
	}
	if !utf8.ValidString(name) {
		return errors.New("not UTF-8")
	}
	for _, r := range name {
		if !unicode.IsPrint(r) {
			return fmt.Errorf("%q is not printable", r)
		}
	}
	return nil
}
