package keys

// Kind says what an error means for the caller.
type Kind int

// The kinds of errors.
const (
	Internal    Kind = iota
	Invalid          // the call is wrong
	Tampered         // a sealed value or keyset was changed or moved
	LostKey          // the key-encryption key is missing although secrets are sealed under it
	WrongKey         // it is there, but it is not the one that the secrets are sealed under
	Exposed          // others than its owner may read it
	Unavailable      // the key or the store cannot be reached
)

// Error is what this package returns on failure. Its message never holds key material or plaintext.
type Error struct {
	Kind    Kind
	Path    string // key file, if one is concerned
	Message string
	Err     error
}

// Error describes the failure and, where there is one, the fix.
func (e *Error) Error() string {
	text := "keys: " + e.Message
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
