// Command soak runs a mesh of real processes for as long as it is told to, and
// checks that nothing grows that should not: memory, goroutines, open files and
// the disk are looked at every few seconds of each process.
//
//	go run ./integration/soak -for 10m
//
// Clients write to all three peers over a fixed set of keys, remove some and add
// others, so that the content stays as large as it is; one peer is restarted
// now and then, by SIGTERM or SIGKILL, and another changes what it holds. After
// the first quarter, in which everything warms up, the median of each figure in the
// last quarter may be at most half as much again as in the second, and
// a little more for what is small. At the end all peers have one root.
package main
