// Package alloc is a test of decoders: they may not take much more memory than
// there are bytes to decode, whoever wrote these.
//
// Bounded counts what a call allocates, freed or not, with runtime/metrics, at
// the cost of a microsecond. What seems too much is measured again, exactly,
// because the counter is that of the whole process.
package alloc
