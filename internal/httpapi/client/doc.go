// Package client calls a node over HTTP: package contract from the other side.
// crdtctl is made of it.
//
// Names are checked before anything is sent, by the same functions and in the
// same words as the node checks them. An answer that is an error is a
// *contract.Problem; a node that does not answer is ErrUnreachable.
package client
