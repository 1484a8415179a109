package cli

import (
	"errors"
	"fmt"
)

// The exit codes of both programs.
const (
	ExitOK          = 0 // done
	ExitFailure     = 1 // failed, for a reason without a code of its own
	ExitUsage       = 2 // the command line, or a setting, is wrong; nothing was done
	ExitNotFound    = 3 // the document does not exist
	ExitVersion     = 4 // --if-version or --if-absent did not hold, the base is gone, or a patch's test failed
	ExitUnreachable = 5 // no node answers
	ExitNotAllowed  = 6 // the node refuses this caller
	ExitFinding     = 7 // it worked, and found what was looked for (conflicts --fail)
	ExitTimeout     = 8 // the time given was not enough
)

// ExitError is an error that knows its exit code, and may know what to do
// about it.
type ExitError struct {
	Code int    // one of the Exit constants
	Hint string // one sentence that helps, or ""
	Err  error  // what is wrong; nil when all was said already
}

// Error is the text of the wrapped error; "" when there is none.
func (e *ExitError) Error() string {
	if e.Err == nil {
		return ""
	}
	return e.Err.Error()
}

// Unwrap returns the wrapped error.
func (e *ExitError) Unwrap() error { return e.Err }

// Usagef returns an error that ends the program with ExitUsage.
func Usagef(format string, args ...any) error {
	return &ExitError{Code: ExitUsage, Err: fmt.Errorf(format, args...)}
}

// Exit returns an error that ends the program with code and prints nothing:
// for a finding whose text is on stdout already.
func Exit(code int) error { return &ExitError{Code: code} }

// ExitCode is what the program ends with after err.
func ExitCode(err error) int {
	var e *ExitError
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &e):
		return e.Code
	default:
		return ExitFailure
	}
}

func hintOf(err error) string {
	var e *ExitError
	if errors.As(err, &e) {
		return e.Hint
	}
	return ""
}
