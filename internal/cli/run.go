package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"
)

// Run runs app with args in any order, writes the error to stderr with its
// hint, and returns the exit code. args[0] is the program. The library's own
// habits (its completion, its exits, its message for a wrong flag) are off.
func Run(ctx context.Context, app *cli.App, args []string, stdout, stderr io.Writer) int {
	app.Writer, app.ErrWriter = stdout, stderr
	app.ExitErrHandler = func(*cli.Context, error) {}
	app.OnUsageError = usageError
	app.HideVersion = true
	app.EnableBashCompletion = false
	for _, c := range app.Commands {
		c.OnUsageError = usageError
		c.HideHelpCommand = true
	}
	ordered, err := Reorder(app, args)
	if err == nil {
		err = app.RunContext(ctx, ordered)
	}
	report(stderr, app.Name, err)
	return ExitCode(err)
}

// usageError gives a value that a flag cannot read the exit code of usage, and
// the flag its two dashes.
func usageError(_ *cli.Context, err error, _ bool) error {
	const flag = " for flag -"
	if at := strings.LastIndex(err.Error(), flag); at >= 0 {
		err = fmt.Errorf("%s for flag --%s", err.Error()[:at], err.Error()[at+len(flag):])
	}
	return &ExitError{Code: ExitUsage, Err: err}
}

// report writes "program: what is wrong" and, below it, the hint.
func report(w io.Writer, program string, err error) {
	if err == nil || err.Error() == "" {
		return
	}
	fmt.Fprintf(w, "%s: %s\n", program, SafeLines(err.Error()))
	if hint := hintOf(err); hint != "" {
		fmt.Fprintf(w, "  hint: %s\n", Safe(hint))
	}
}
