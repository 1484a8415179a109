package storage

// Split names keys that cut what is here into about parts equal numbers of
// documents: parts-1 of them, or fewer where there are few documents, in
// order, none of them "".
func (v *View) Split(parts int) ([]string, error) {
	return nil, nil
}
