// Package p2ptest is what every p2p.Network must pass, as tests that an
// adapter runs against itself:
//
//	func TestContract(t *testing.T) {
//		p2ptest.Run(t, p2ptest.Harness{Start: …, Partition: …})
//	}
package p2ptest
