// Command crdtctl reads and writes the documents of a crdtstore node, and
// tells how the node stands to its peers, over the node's HTTP API.
//
//	crdtctl put people/ann '{"name":"Ann","visits":{"$counter":0}}'
//	crdtctl incr people/ann /visits 1
//	crdtctl get people/ann
//
// Every command is one file. docs/CLI.md shows each with its output.
package main
