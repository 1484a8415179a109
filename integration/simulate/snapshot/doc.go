// Package snapshot gives the sessions of simulated peers the documents of a
// store, and the store the frames of sessions, as package node does it for real
// ones.
package snapshot
