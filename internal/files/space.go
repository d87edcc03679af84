package files

// askEvery is after how many bytes of a file the disk is looked at again.
const askEvery = 8 << 20

// room tells whether more bytes may be stored.
func (s *Service) room(more int64) error {
	if s.Space == nil {
		return nil
	}
	return s.Space(more)
}

// roomFor looks at the disk now and then, so that a file that grows does not
// fill it.
func (w *writer) roomFor(n int) error {
	if w.asked -= int64(n); w.asked > 0 {
		return nil
	}
	w.asked = askEvery
	return w.f.s.room(max(int64(n), askEvery))
}
