package schedule

// nemesis is a fault that a schedule draws, or does not, beside those of every
// step.
type nemesis struct {
	fault  Faults
	often  float64 // of the steps of a schedule that has drawn it
	strike func(*world)
}

// nemeses are drawn from a source of their own, so that each of them may be left
// out of a schedule, and the rest stays much the same.
var nemeses = []nemesis{
	{Drop | Duplicate | Reorder, 0.06, (*world).tamper},
	{Delay, 0.04, func(w *world) { w.hold(false) }},
	{OneWay, 0.02, func(w *world) { w.hold(true) }},
	{Slow, 0.02, func(w *world) { w.someone().slow = 5 + w.luck.IntN(40) }},
	{Full, 0.03, (*world).fill},
	{Clock, 0.03, (*world).jump},
	{Away, 0.01, (*world).leaveForLong},
	{Rollback, 0.02, (*world).rollBack},
	{Clone, 0.02, (*world).clone},
	{Twins, 0.05, (*world).copySilently},
	{Rot, 0.04, (*world).rot},
	{Repair, 0.02, (*world).diverge},
	{Skew, 0.05, (*world).sayMore},
	{Lie, 0.06, (*world).lie},
}
