// Package cli holds what the two programs have in common at the command line:
// arguments in any order, exit codes, output in four formats, and text from
// peers made harmless before it reaches a terminal.
//
// # Arguments
//
// urfave/cli stops reading flags at the first argument, and then runs the
// command as if the rest were not there: "del people/ann --if-version V" would
// delete whatever version it finds. Run therefore puts the flags in front
// before the library sees them, and refuses what it does not know:
//
//	crdtctl del people/ann --if-version V
//	crdtctl --if-version=V -- people/ann      (what the library is given)
//
// # Output
//
// Data goes to stdout and messages to stderr. A Printer writes JSON values and
// lists as a table (aligned, with a header: the default on a terminal), plain
// (tab-separated lines: the default in a pipe), json, ndjson or raw. Keys and
// values come from other people's devices, so control characters, and the
// marks that reverse the reading direction, are shown as escapes; in JSON an
// escape is the same value, and in a raw pipe nothing is changed.
package cli
