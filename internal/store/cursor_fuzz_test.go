package store

import "testing"

// FuzzCursor: what a caller sends as a cursor is refused or leads back to itself.
func FuzzCursor(f *testing.F) {
	for _, s := range []string{"", runPlace{5, "abc"}.cursor(), seqCursor("a", 7), "!!", "cnwxfHg", "fHx8fA"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := parseRunCursor(text); err == nil {
			if again, err := parseRunCursor(p.cursor()); err != nil || again != p {
				t.Errorf("%q: %v became %v, %v", text, p, again, err)
			}
		}
		if n, err := parseSeqCursor("a", text, 0); err == nil && text != "" {
			if again, err := parseSeqCursor("a", seqCursor("a", n), 0); err != nil || again != n {
				t.Errorf("%q: %d became %d, %v", text, n, again, err)
			}
		}
	})
}
