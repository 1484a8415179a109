// Package process runs crdtd as real processes for the programmes beside it:
// it is built once, started on a directory, driven over HTTP, and ended by a
// signal. A Peer outlives its processes: it keeps its directory, its port and
// its name. Failures are returned, never fatal, because the programmes count
// them.
package process
