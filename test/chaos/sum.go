package chaos

import (
	"crypto/sha256"
	"hash"
)

func sha() hash.Hash { return sha256.New() }
