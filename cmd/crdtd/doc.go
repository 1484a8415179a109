// Command crdtd is a crdtstore peer: a node with an embedded store on disk, the
// libp2p network, and the HTTP API on loopback. Started with no flags it serves
// on its own; --join makes it a member of a mesh.
//
//	crdtd --join "$(crdtctl --node http://127.0.0.1:7411 invite)" --data-dir ./b --http 127.0.0.1:7412
//
// Adapters are chosen by the node; what is wired here are settings, signals,
// logs and the HTTP server. "crdtd demo" shows three peers in one terminal.
package main
