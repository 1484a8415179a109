package position

// Table keeps each run once. The zero value is empty.
type Table struct{}

// Intern returns p as the table keeps it: positions from one table are == if
// and only if Compare says that they are the same.
func (t *Table) Intern(p Position) Position { panic("todo") }

// Ranks returns the rank of each position in the order of all: 0 for the first,
// equal ranks for equal positions and none left out. It takes time linear in
// the positions and the runs that they have, and sorts within these.
func Ranks(at []Position) []int { panic("todo") }
