// Package patience is how long a test waits for what must happen. How long that
// takes depends on the machine and on what else it does, so no number of seconds tells a product that
// hangs from one that is slow: a test waits as long as it may run at all, which is what go test
// -timeout says, and keeps back enough of that to say what it has waited for.
package patience
