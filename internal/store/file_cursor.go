package store

// FileCursor is the cursor of the page that begins after a file, going down in ids.
func FileCursor(id int64) string { return seqCursor("f", id) }

// ItemCursor is the cursor of the items after one with the given Seq.
func ItemCursor(seq int64) string { return seqCursor("i", seq) }
