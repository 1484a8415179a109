package contract

import (
	"github.com/crdtstore/crdtstore/internal/cli"
)

// Problem is the body of every answer that is an error (RFC 9457), and is an
// error itself at the client.
type Problem struct {
	Type   string `json:"type"` // "urn:crdtstore:" and the code
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"` // this occurrence
	Code   Code   `json:"code"`
	Hint   string `json:"hint,omitempty"`  // what to do
	Path   string `json:"path,omitempty"`  // JSON Pointer into the document, where it is about a part
	Line   int    `json:"line,omitempty"`  // of an atomic bulk request; 1 is the first
	Acked  *int   `json:"acked,omitempty"` // with acks-timeout: so many other peers have the write on disk
}

// NewProblem describes one occurrence of code. path may be "".
func NewProblem(code Code, detail, path string) *Problem {
	m, ok := Codes[code]
	if !ok {
		code = CodeInternal
		m = Codes[code]
	}
	return &Problem{
		Type: "urn:crdtstore:" + string(code), Title: m.Title, Status: m.Status,
		Detail: detail, Code: code, Hint: m.Hint, Path: path,
	}
}

// Error is the detail, or the title where there is none.
func (p *Problem) Error() string {
	if p.Detail == "" {
		return p.Title
	}
	return p.Detail
}

// Exit is the exit code of a program that ends with this problem. A code of a
// newer node counts by its status.
func (p *Problem) Exit() int {
	if m, ok := Codes[p.Code]; ok {
		return m.Exit
	}
	switch p.Status {
	case 404:
		return cli.ExitNotFound
	case 412:
		return cli.ExitVersion
	case 401, 403:
		return cli.ExitNotAllowed
	case 504:
		return cli.ExitTimeout
	default:
		return cli.ExitFailure
	}
}
