package position

// listReader reads the positions of one list.
type listReader struct {
	*input
	replica  func(number uint64) ([16]byte, bool)
	ids      []ID       // of the places
	at       []Position // the places
	table    Table
	counters map[[16]byte]uint64 // of each replica's last run

	done    int  // positions read
	last    int  // the run used or defined last
	unused  bool // it is only defined
	back    bool // the side on which it was used
	origins []Position
}

// read reads all places, and the origins that are none.
func (l *listReader) read(origins int) []Position {
	for l.done < len(l.ids)+origins && l.err == nil {
		head := l.uint("operation")
		switch argument := head / ops; head % ops {
		case opRun:
			l.define(argument, nil)
		case opFirst:
			if l.done >= len(l.ids) {
				l.fail("first element that is no place")
				break
			}
			if l.define(argument, &l.ids[l.done]) {
				l.group(l.last, false, origins)
			}
		case opAhead, opBack:
			l.use(argument, head%ops == opBack, origins)
		}
	}
	return l.origins
}

// run is the run that is meant by how far it is from the last one.
func (l *listReader) run(far uint64) (int, bool) {
	d := int64(far>>1) ^ -int64(far&1)
	if d > int64(l.last) || d <= int64(l.last-len(l.table.runs)) {
		return 0, false
	}
	return l.last - int(d), true
}

// use reads a group of a run that is defined.
func (l *listReader) use(far uint64, back bool, origins int) {
	run, ok := l.run(far)
	switch {
	case l.err != nil:
	case !ok:
		l.fail("unknown run")
	case l.unused && far != 0:
		l.fail("unused run")
	case l.unused && !back && l.done < len(l.ids) && l.ids[l.done] == l.table.runs[run].id:
		l.fail("run whose id its first place tells")
	case !l.unused && far == 0 && back == l.back:
		l.fail("group cut in two")
	default:
		l.group(run, back, origins)
	}
}

// group reads positions of one run.
func (l *listReader) group(run int, back bool, origins int) {
	l.last, l.back, l.unused = run, back, false
	n := l.uint("length of a group")
	if n == 0 || n > uint64(len(l.ids)+origins-l.done) {
		l.fail("length of a group")
		return
	}
	r := l.table.runs[run]
	for range n {
		if l.done < len(l.ids) {
			value, ok := r.valueOf(l.ids[l.done], back)
			if !ok {
				l.fail("place of another run")
				return
			}
			l.at[l.done] = Position{r, value}
		} else {
			value, ok := r.value(l.uint("origin"), back)
			if !ok || l.err != nil {
				l.fail("origin out of bounds")
				return
			}
			l.origins = append(l.origins, Position{r, value})
		}
		l.done++
	}
}

// define reads a run; its id, if it is not told.
func (l *listReader) define(argument uint64, told *ID) bool {
	r := run{side: right}
	if argument%2 == 1 {
		r.side = left
	}
	if l.unused && argument/2 != 1 {
		l.fail("unused run")
		return false
	}
	if argument != 0 { // not at the top
		at, ok := l.run(argument/2 - 1)
		if !ok {
			l.fail("unknown parent")
			return false
		}
		up := l.table.runs[at]
		r.parent, r.depth = Position{up, l.parentValue(up)}, up.depth+1
	}
	if told != nil {
		r.id = *told
	} else {
		r.id = l.id()
	}
	if l.err != nil || r.id.Counter == 0 || r.id.Counter > MaxCounter {
		l.fail("id of a run")
		return false
	}
	if l.counters == nil {
		l.counters = map[[16]byte]uint64{}
	}
	l.counters[r.id.Replica] = r.id.Counter
	runs := len(l.table.runs)
	if l.last, l.unused = l.table.make(r), true; l.last != runs {
		l.fail("run twice")
	}
	return l.err == nil
}

// parentValue reads the value, in the run up, that a run hangs on.
func (l *listReader) parentValue(up *run) int64 {
	code := l.uint("value of a parent")
	value, ok := up.value(code/2+code%2, code%2 == 1)
	if !ok {
		l.fail("value of a parent")
	}
	return value
}

// id reads the id of a run.
func (l *listReader) id() ID {
	replica, ok := l.replica(l.uint("replica"))
	step := l.int("counter")
	last := int64(l.counters[replica])
	if !ok || l.err != nil || step > MaxCounter-last || last+step <= 0 {
		l.fail("id of a run")
		return ID{}
	}
	return ID{replica, uint64(last + step)}
}
