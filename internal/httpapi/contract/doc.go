// Package contract is what a node and its clients agree on over HTTP: the
// routes, how an address becomes a path, the JSON of every request and answer,
// and the table of error codes with their status and exit code. The handlers
// (package httpapi), the client (package client) and the OpenAPI document are
// all made from it, so they cannot differ.
//
// # Paths
//
// A document is COLLECTION/KEY. In a path the collection is one segment, and
// everything behind it is the key, percent-decoded once: a slash in a key may
// be written as "/" or as "%2F", and both are the same key. A path is never
// cleaned: empty, "." and ".." segments are errors, not a shorter path.
package contract
