package storagetest

import (
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

// Run tests everything that the port promises except durability. open
// returns a new, empty store each time, which Run closes.
func Run(t *testing.T, open func(testing.TB) storage.Store) {
	with := func(test func(*testing.T, storage.Store)) func(*testing.T) {
		return func(t *testing.T) {
			s := open(t)
			defer func() {
				if err := s.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			}()
			test(t, s)
		}
	}
	t.Run("Get", with(testGet))
	t.Run("KeptValue", with(testKeptValue))
	t.Run("Scan", with(testScan))
	t.Run("ScanInTx", with(testScanInTx))
	t.Run("ReadOwnWrites", with(testReadOwnWrites))
	t.Run("Rollback", with(testRollback))
	t.Run("RollbackOnPanic", with(testRollbackOnPanic))
	t.Run("Isolation", with(testIsolation))
	t.Run("Concurrent", with(testConcurrent))
	t.Run("Keys", with(testKeys))
	t.Run("LargestTx", with(testLargestTx))
	t.Run("TxTooBig", with(testTxTooBig))
	t.Run("LargeValues", with(testLargeValues))
	t.Run("Size", with(testSize))
	t.Run("Closed", func(t *testing.T) { testClosed(t, open(t)) })
	t.Run("ClosedSnapshot", with(testClosedSnapshot))
	t.Run("Model", func(t *testing.T) { testModel(t, open) })
}
