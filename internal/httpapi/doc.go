// Package httpapi serves a node over HTTP: package contract as handlers.
//
// A request goes through the guard (Host, origin, bearer token), finds its
// route by its escaped path, and reaches a handler that calls the node and
// returns an error where there is one; one table turns errors into problems.
// No handler decides anything that the node does not decide.
//
// It is safe by default. The Host header must be a name of this machine's
// loopback, or of the TLS certificate, so that a name that somebody else
// points at the node (DNS rebinding) gets nothing; a page of another origin
// gets 403; there are no cookies. Off loopback nothing but health is answered
// without the bearer token, and Listen refuses to open a port there without
// TLS.
package httpapi
