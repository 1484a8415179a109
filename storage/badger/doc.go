// Package badger is a storage.Store on disk, in files of Badger 4.9.6.
//
// Badger is an LSM tree: a transaction goes to a memory-mapped write-ahead
// log and a table in memory; full tables are written out and merged in the
// background. What this package adds is what a store of other people's data
// needs around it:
//
//   - Update does not sync; Sync does, and it covers the logs that Badger's
//     own Sync leaves out (see logs), so that after a power cut a prefix of
//     the transactions is there.
//   - Nothing is ever stored in the value log, whose write errors Badger only
//     logs and whose read errors look like empty values: values of a
//     MiB and more are split in two keys (see tail).
//   - A panic inside Badger becomes an error, and a commit or sync that
//     failed keeps the store from writing until it is opened again.
//   - The directory is locked; a second process learns whose it is.
//
// Profiles set Badger's options for small devices and for servers.
package badger
