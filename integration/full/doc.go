// Command full fills the disk of a peer at random points, while clients and
// another peer write, and stops the peer at some of them. It checks that nothing that
// was acknowledged is lost, that the process does not end by itself and
// comes up again on the full disk, that reads go on, that writes are taken again within
// a minute (-within) after there is room, and that both peers then have one root.
//
//	go run ./integration/full [-short] [-seed N] [-first N] [-n N] [-within D]
//
// Every five fills are those of a new disk and new peers, some disks side by side. After a violation
// it prints how to fill that disk again, and goes on with the next.
//
// It needs root, to mount small file systems.
package main
