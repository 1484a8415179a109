// Package roster is what the adapters of p2p share: the table of known peers
// with the rules that move a peer from one state to another, the event stream
// those moves feed, and the loop that tries whoever is due. It opens no
// connection itself; the clock is the time package's.
package roster
