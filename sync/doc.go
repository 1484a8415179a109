// Package antientropy is the conversation by which two peers come to hold the
// same: a pure state machine.
package antientropy
