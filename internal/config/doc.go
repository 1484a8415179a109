// Package config is what crdtd can be told, and where: a flag, an environment
// variable CRDTD_…, or a key of a TOML file, in this order of precedence. One
// table makes all three, so they have the same names and the same checks:
//
//	--durability relaxed     CRDTD_DURABILITY=relaxed     durability = "relaxed"
//
// Load reports every bad setting at once, each with where it came from. The
// package also knows the data directory's bearer token, because crdtctl looks
// for it where crdtd keeps it by default.
package config
