// Package storagetest is the executable contract of storage.Store: what the
// comments of the port promise, as tests that every adapter runs.
//
// Run holds for every store. RunDurable holds for stores that outlive their
// process, or pretend to.
//
//	func TestContract(t *testing.T) {
//		storagetest.Run(t, func(testing.TB) storage.Store { return memory.New() })
//	}
package storagetest
