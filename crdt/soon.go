package crdt

import "errors"

var (
	ErrMalformed  = errors.New("malformed document")
	ErrJSON       = errors.New("malformed JSON")
	ErrDuplicate  = errors.New("duplicate key")
	ErrDepth      = errors.New("nested too deep")
	ErrNumber     = errors.New("number is neither int64 nor float64")
	ErrTag        = errors.New("unknown or misplaced $-tag")
	ErrTooLarge   = errors.New("document too large")
	ErrKind       = errors.New("wrong type")
	ErrOverflow   = errors.New("counter overflow")
	ErrOperation  = errors.New("invalid operation")
	ErrUnseen     = errors.New("a live candidate was not named")
	ErrNoConflict = errors.New("no conflict at this path")
)

func Decode(b []byte) (*Document, error) { panic("soon") }

// State is what one side holds of a document.
type State struct {
	Document *Document
	Heads    []Dot         // sorted
	Context  VersionVector // what the side has seen; covers Document and Heads
}

// Merged is the outcome of a merge.
type Merged struct {
	Document     *Document
	Heads        []Dot     // sorted
	Changed      bool      // Document differs from that of the first side
	HeadsChanged bool      // Heads differ from those of the first side
	Forged       int       // dots that both sides hold with different bytes
	MaxTime      Timestamp // the greatest timestamp that the second side showed
}

func Merge(a, b State) Merged { panic("soon") }

// MergeHeads joins heads by the rule of live dots.
func MergeHeads(a []Dot, ca VersionVector, b []Dot, cb VersionVector) []Dot { panic("soon") }

// Plain is parsed JSON, $-tags included; zero = no value.
type Plain struct{ root *int }

func (p Plain) IsZero() bool { panic("soon") }

func ParseJSON(b []byte) (Plain, error) { panic("soon") }

func (d *Document) Put(w *Writer, p Plain) (*Document, bool, error)        { panic("soon") }
func (d *Document) MergePatch(w *Writer, p Plain) (*Document, bool, error) { panic("soon") }
func (d *Document) Delete(w *Writer) (*Document, bool, error)              { panic("soon") }
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
