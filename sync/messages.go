package antientropy

import "github.com/crdtstore/crdtstore/crdt"

// kind numbers a message on the wire. Kinds from optionalKind on are ignored
// by who does not know them.
type kind byte

const (
	kindHello kind = 1 + iota
	kindOpen
	kindKnow
	kindFrame
	kindAck
	kindRoot
	kindWalk
	kindNodes
	kindCount
	kindPause
	kindPing
	kindPong
	kindBye
	kindDecline
	kindWant
	kindRefuse

	kindVectorSketch kind = 17

	kindPrune   kind = 20
	kindHave    kind = 21
	kindGraft   kind = 22
	kindShare   kind = 23
	kindCheck   kind = 24
	kindChecked kind = 25
	kindFound   kind = 26
	kindDue     kind = 27

	kindSketch kind = 28
	kindMore   kind = 29
	kindDiffer kind = 30
	kindHeld   kind = 31

	kindAsk  kind = 36
	kindTold kind = 37

	optionalKind kind = 128
)

// tag is the beginning of the SHA-256 of a knowledge: it says what a root is
// the root of.
type tag [8]byte

func tagOf(k crdt.Knowledge) tag { h := k.Hash(); return tag(h[:8]) }

// message is anything that goes over the wire; it prints itself as the line
// of a story.
type message interface {
	kind() kind
	String() string
}

type hello struct {
	_         struct{} `cbor:",toarray"`
	Version   uint
	Name      string
	BootNonce [16]byte
	Salt      [16]byte
	Features  []string
	Replica   crdt.ReplicaID // that the sender writes as; nothing but the weighing of links rests on it
}

// open announces a collection: the first half of the SHA-256 of the sender's
// knowledge, and its root when the tree is hashed at it.
type open struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	Hash       [16]byte
	Root       []byte     // 32 bytes or none
	Ranges     []keyRange // that the sender wants, and that hash and root are about; none: all keys
}

// keyRange is a KeyRange on the wire.
type keyRange struct {
	_        struct{} `cbor:",toarray"`
	From, To string
}

// know shows the sender's knowledge, after it has dealt with frame Seq: in Body,
// as a difference from what From names, with the tag of what comes out. Part says
// that it is only what concerns the replicas that the receiver knows.
type know struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	Seq        uint64
	From       uint
	Part       bool
	Tag        tag
	Body       []byte

	common, content crdt.Knowledge // common is what From 1 names
}

// frame carries a Frame. Body is packed by framebody.go; Size is its length
// before compression, zero when it is not compressed.
type frame struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	Seq        uint64
	From, To   string
	Left       uint64 // documents still to come after this frame
	Size       uint64
	Body       []byte

	content Frame
	cost    int // what the frame counts for in the window
}

// ack says that frame Seq has been dealt with: everything it says now holds
// durably, or (Applied false) it did not fit, and a know follows.
type ack struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	Seq        uint64
	Applied    bool
}

// want answers frame Seq instead of an ack: nothing, or only the beginning, of
// it was applied, because these documents came reduced and cannot be completed.
// A know follows.
type want struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	Seq        uint64
	Keys       []string
}

// refuse answers frame Seq instead of an ack: everything it says now holds
// durably, but for these documents, which are not taken.
type refuse struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	Seq        uint64
	Documents  []refusedKey
}

// refusedKey is a Refusal on the wire.
type refusedKey struct {
	_           struct{} `cbor:",toarray"`
	Key, Reason string
}

type root struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	Tag        tag
	Root       [32]byte
}

// walk asks for the nodes below those that Open numbers in the last answer;
// round 0 asks for the root node. The last one (Final) says which documents
// differ on the asking side and asks for the keys of those numbered.
type walk struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	Tag        tag
	Round      uint64
	Open       []uint32
	Final      bool
	Keys       []string
}

// nodes answers a walk with keyed short hashes, or, the last one, with keys.
// Moved means that the answering side no longer knows what the tag says.
type nodes struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	Round      uint64
	Moved      bool
	Level      int
	Hashes     []byte
	Keys       []string
}

// count tells how many documents the sender would send if it could.
type count struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	Ahead      Count
}

type pause struct {
	_  struct{} `cbor:",toarray"`
	On bool
}

type ping struct {
	_ struct{} `cbor:",toarray"`
	N uint64
}

type pong struct {
	_ struct{} `cbor:",toarray"`
	N uint64
}

type bye struct {
	_      struct{} `cbor:",toarray"`
	Reason Reason
	Detail string
}

// decline answers an open: the sender does not want the collection, or holds as
// many as it may.
type decline struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	Full       bool
}

func (*hello) kind() kind   { return kindHello }
func (*open) kind() kind    { return kindOpen }
func (*know) kind() kind    { return kindKnow }
func (*frame) kind() kind   { return kindFrame }
func (*ack) kind() kind     { return kindAck }
func (*want) kind() kind    { return kindWant }
func (*refuse) kind() kind  { return kindRefuse }
func (*root) kind() kind    { return kindRoot }
func (*walk) kind() kind    { return kindWalk }
func (*nodes) kind() kind   { return kindNodes }
func (*count) kind() kind   { return kindCount }
func (*pause) kind() kind   { return kindPause }
func (*ping) kind() kind    { return kindPing }
func (*pong) kind() kind    { return kindPong }
func (*bye) kind() kind     { return kindBye }
func (*decline) kind() kind { return kindDecline }
