package crdt

import "errors"

var (
	ErrOperation  = errors.New("invalid operation")
	ErrUnseen     = errors.New("a live candidate was not named")
	ErrNoConflict = errors.New("no conflict at this path")
)

func (d *Document) Apply(w *Writer, ops []Op) (*Document, bool, error)     { panic("soon") }

// Op is one typed operation: {"op":"set|unset|incr|add|remove","path":"/ptr","value":…,"by":n}.
type Op struct {
	Op    string
	Path  Pointer
	Value Plain
	By    int64
}

// ParseOps reads a JSON array of operations.
func ParseOps(b []byte) ([]Op, error) { panic("soon") }

// Format chooses how documents print as JSON.
type Format uint8

const (
	FormatPlain Format = iota // counter → number, set → sorted array, bytes → base64 string
	FormatTyped               // {"$counter":n}, {"$set":[…]}, {"$bytes":"base64"}
)

func AppendPlainJSON(dst, canonical []byte) ([]byte, error)   { panic("soon") }
func (d *Document) AppendJSON(dst []byte, f Format) []byte    { panic("soon") }
func (d *Document) At(path Pointer, f Format) ([]byte, error) { panic("soon") } // ErrNoValue

// Conflict is a path with concurrent content.
type Conflict struct {
	Path       string      // JSON Pointer
	Kind       string      // "value", "type" or "edited-while-removed"
	Candidates []Candidate // the shown one first
}

// Candidate is one of the contents.
type Candidate struct {
	Dot   Dot
	Time  Timestamp
	JSON  []byte // typed JSON
	Shown bool
}

func (d *Document) Conflicts() []Conflict { panic("soon") }
func (d *Document) HasConflicts() bool    { panic("soon") }

// Resolution names the conflict, every candidate that was seen, and the
// outcome: Take one of them, or Value.
type Resolution struct {
	Path  Pointer
	Seen  []Dot
	Take  Dot
	Value Plain
}

func (d *Document) Resolve(w *Writer, r Resolution) (*Document, bool, error) { panic("soon") }
