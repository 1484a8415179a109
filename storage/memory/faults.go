package memory

// Faults are errors to come; each happens once.
type Faults struct {
	// BeforeCommit fails the next Update that has something to commit;
	// nothing of it is applied.
	BeforeCommit error
	// AfterCommit fails the next Update that has something to commit, but
	// only after it was applied: the caller cannot know. An Update that
	// BeforeCommit fails does not use it up.
	AfterCommit error
	// Sync fails the next Sync, or the sync of Close; what it should have
	// synced is not.
	Sync error
}

// Inject replaces the faults that have not happened yet.
func (s *Store) Inject(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
}

func (f *Faults) takeUpdate() (before, after error) {
	if f.BeforeCommit != nil {
		before, f.BeforeCommit = f.BeforeCommit, nil
		return before, nil
	}
	after, f.AfterCommit = f.AfterCommit, nil
	return nil, after
}

func (f *Faults) takeSync() error {
	err := f.Sync
	f.Sync = nil
	return err
}

// Crash returns a new store that holds what a power cut at this moment would
// leave: everything up to the last successful Sync (or Close), and nothing
// since. The old store goes on unchanged; a simulation drops it.
func (s *Store) Crash() *Store {
	s.mu.Lock()
	defer s.mu.Unlock()
	return newStore(s.options, s.synced.copy())
}

// Kill returns a new store that holds what a stop of the process at this
// moment would leave: everything that was committed, and as synced only what
// was synced. The old store goes on unchanged.
func (s *Store) Kill() *Store {
	s.mu.Lock()
	defer s.mu.Unlock()
	killed := newStore(s.options, s.current.copy())
	killed.synced = s.synced.copy()
	return killed
}
