// Command simulate runs simulated meshes (package mesh) and prints what they
// cost: bytes, messages, round trips and time, against peers, documents,
// differences, loss and churn.
//
// Without flags it runs every experiment, the heavy ones left out, and prints a
// table each; with -out docs it also writes each as a plot into docs/plots and
// puts the tables into docs/SIMULATION.md. With -peers, or any other flag that
// describes a mesh, it runs that one mesh and tells what it has shown. A run
// that fails prints the command that runs the same again.
//
// With -schedules it runs schedules (package schedule) instead: all that can go
// wrong at once, between any two messages, and every store checked after every step.
package main
