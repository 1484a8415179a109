package antientropy

import (
	"errors"
	"io"
	"slices"

	"github.com/fxamacker/cbor/v2"
)

// A message is one byte that names its kind, its number, then a CBOR array.

var toCBOR, fromCBOR = codec()

func codec() (cbor.EncMode, cbor.DecMode) {
	e, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		panic(err)
	}
	d, err := cbor.DecOptions{
		IndefLength:      cbor.IndefLengthForbidden,
		TagsMd:           cbor.TagsForbidden,
		MaxNestedLevels:  4,
		MaxArrayElements: 1 << 16,
		MaxMapPairs:      16,
	}.DecMode()
	if err != nil {
		panic(err)
	}
	return e, d
}

// wire is one direction of a session: what has been said, so that it need not
// be said again. The sender writes with it, the receiver reads with its twin.
type wire struct {
	limits Limits
	next   numbering
	names  names
	last   map[string]*vectors // by collection
}

func (w *wire) vectors(collection string) *vectors {
	v := w.last[collection]
	if v == nil {
		if w.last == nil {
			w.last = map[string]*vectors{}
		}
		v = &vectors{}
		w.last[collection] = v
	}
	return v
}

func (w *wire) encode(m message) ([]byte, error) {
	if f, ok := m.(*frame); ok {
		f.pack(&w.names, w.vectors(f.Collection))
	}
	if k, ok := m.(*know); ok {
		k.pack(&w.names, w.vectors(k.Collection))
	}
	if h, ok := m.(*have); ok {
		h.pack(&w.names, w.vectors(h.Collection))
	}
	if k, ok := m.(*check); ok {
		k.pack(&w.names, w.vectors(k.Collection))
	}
	b, err := toCBOR.Marshal(m)
	if err != nil {
		return nil, err
	}
	if size := 1 + numberSize + len(b); size > w.limits.Message {
		return nil, ends(ReasonOversized, "own message of %d bytes", size)
	}
	return w.next.seal(m.kind(), b), nil
}

// decode reads a message. A kind that may be ignored gives nil and no error.
// The content of a frame is read later, by unpack, when its collection is
// known.
func (w *wire) decode(b []byte) (message, error) {
	if len(b) > w.limits.Message {
		return nil, ends(ReasonOversized, "message of %d bytes", len(b))
	}
	k, body, err := w.next.open(b)
	if err != nil {
		return nil, err
	}
	if k == kindHello {
		return decodeHello(body)
	}
	m := blank(k)
	if m == nil {
		if k >= optionalKind {
			return nil, nil
		}
		return nil, ends(ReasonUnknownMessage, "kind %d", k)
	}
	if err := fromCBOR.Unmarshal(body, m); err != nil {
		return nil, malformed(err)
	}
	return m, nil
}

func malformed(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return ends(ReasonTruncated, "message ends too early")
	}
	return bad("%v", err)
}

func blank(k kind) message {
	switch k {
	case kindOpen:
		return &open{}
	case kindKnow:
		return &know{}
	case kindVectorSketch:
		return &vectorSketch{}
	case kindFrame:
		return &frame{}
	case kindAck:
		return &ack{}
	case kindWant:
		return &want{}
	case kindRefuse:
		return &refuse{}
	case kindRoot:
		return &root{}
	case kindWalk:
		return &walk{}
	case kindNodes:
		return &nodes{}
	case kindCount:
		return &count{}
	case kindPause:
		return &pause{}
	case kindPing:
		return &ping{}
	case kindPong:
		return &pong{}
	case kindBye:
		return &bye{}
	case kindDecline:
		return &decline{}
	case kindSketch:
		return &sketch{}
	case kindMore:
		return &more{}
	case kindDiffer:
		return &differ{}
	case kindPrune:
		return &prune{}
	case kindHave:
		return &have{}
	case kindGraft:
		return &graft{}
	case kindShare:
		return &share{}
	case kindCheck:
		return &check{}
	case kindChecked:
		return &checked{}
	case kindFound:
		return &found{}
	case kindDue:
		return &due{}
	case kindHeld:
		return &held{}
	case kindCounted:
		return &counted{}
	case kindShown:
		return &shownHead{}
	case kindTwins:
		return &twins{}
	case kindWall:
		return &wall{}
	case kindAsk:
		return &ask{}
	case kindTold:
		return &told{}
	}
	return nil
}

// decodeHello looks at the version first, because everything behind it may
// have another form in another version; a later minor version may append
// fields.
func decodeHello(b []byte) (message, error) {
	var parts []cbor.RawMessage
	if err := fromCBOR.Unmarshal(b, &parts); err != nil {
		return nil, malformed(err)
	}
	var m hello
	if len(parts) == 0 {
		return nil, bad("hello without a version")
	}
	if err := fromCBOR.Unmarshal(parts[0], &m.Version); err != nil {
		return nil, malformed(err)
	}
	if m.Version != Version {
		return nil, ends(ReasonWrongVersion, "peer speaks version %d, this node version %d", m.Version, Version)
	}
	fields := []any{&m.Name, &m.BootNonce, &m.Salt, &m.Features, &m.Replica}
	if len(parts) < 1+len(fields) {
		return nil, ends(ReasonTruncated, "hello of %d fields", len(parts))
	}
	for i, f := range fields {
		if err := fromCBOR.Unmarshal(parts[1+i], f); err != nil {
			return nil, malformed(err)
		}
	}
	if len(m.Name) > maxText || len(m.Features) > maxFeatures || slices.ContainsFunc(m.Features, func(f string) bool { return len(f) > maxFeature }) {
		return nil, ends(ReasonOversized, "hello with a name of %d bytes and %d features", len(m.Name), len(m.Features))
	}
	return &m, nil
}

const (
	maxText     = 256 // bytes of a name or a detail
	maxFeatures = 64
	maxFeature  = 64 // bytes of each
)
