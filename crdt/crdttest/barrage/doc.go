// Package barrage gives a fuzz target very many inputs in one process.
//
// The engine of go test looks for inputs that reach code which none has reached
// before. It hands each to another process, resets and reads the counters of all
// edges, and so pays more for an input than most decoders do. A barrage knows
// nothing of coverage: it begins with what is known, which is what the target
// itself adds, its testdata, and what the engine has found, and changes that in
// ways that leave most of it as it was meant to be: an item of CBOR or JSON
// becomes another one of the same or of another input, and what counts it or
// says how long it is is changed with it; numbers become their neighbours and
// those at limits; inputs are cut and joined. The engine finds the way in, the
// barrage treads it a hundred times as often.
//
// What a seal, a sum or compression protects is changed behind it only if the
// target itself makes the seal, as those of this repository do.
//
// Input n of a seed depends on nothing but the two and on what the barrage began
// with, so that all of it can be replayed. How much memory is taken is counted for many
// inputs at once: where all of them together have taken less than each of them
// may, each has. Otherwise they are tried again, one by one.
//
// Fuzz is f.Fuzz unless a flag says for how long, or how often:
//
//	go test ./crdt -run '^FuzzDecode$' -barrage.for 10s
//	go test ./crdt -run '^FuzzDecode$' -barrage.runs 1000000 -barrage.seed 7
//
// Command integration/fuzz does so for all targets.
package barrage
