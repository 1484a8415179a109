package contract

// Findings is the answer of /v1/findings.
type Findings struct {
	Findings []Finding `json:"findings"`
}

// Finding is something that an operator should know of.
type Finding struct {
	Kind     string `json:"kind"`
	Where    string `json:"where,omitempty"` // a document, collection, peer or directory
	Happened string `json:"happened"`
	Do       string `json:"do"`
	Command  string `json:"command,omitempty"`
	Notice   bool   `json:"notice,omitempty"` // nothing needs to be done
}

// Verified is a line of /v1/verify: something that is wrong, or, with Done, the
// last line, without which the check is not complete.
type Verified struct {
	Collection string `json:"collection,omitempty"`
	Key        string `json:"key,omitempty"`
	Problem    string `json:"problem,omitempty"`
	Detail     string `json:"detail,omitempty"`
	Done       bool   `json:"done,omitempty"`
	Findings   int    `json:"findings,omitempty"` // with Done: how many lines were before
	Error      string `json:"error,omitempty"`    // with Done: why the check broke off
}
