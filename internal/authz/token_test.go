package authz

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
)

func TestMintedTokensAreWellFormedAndDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		s, h, err := MintToken(rand.Reader)
		if err != nil || !WellFormed(s.Reveal()) || HashToken(s.Reveal()) != h {
			t.Fatalf("%d characters, error %v", len(s.Reveal()), err)
		}
		if seen[s.Reveal()] {
			t.Fatal("a token came twice")
		}
		seen[s.Reveal()] = true
	}
}

func TestMintKeepsAllBits(t *testing.T) {
	// The extremes show that no bit is dropped and that small values are padded.
	lo, _, _ := MintToken(bytes.NewReader(make([]byte, 32)))
	hi, _, _ := MintToken(bytes.NewReader(bytes.Repeat([]byte{0xff}, 32)))
	if want := "flt_" + strings.Repeat("0", 43); lo.Reveal() != want {
		t.Errorf("zeros: %s", lo.Reveal())
	}
	// 2^256-1 in base 62, computed by another program.
	if want := "flt_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1"; hi.Reveal() != want {
		t.Errorf("ones: %s", hi.Reveal())
	}
}

func TestMintNeedsRandomness(t *testing.T) {
	broken := errors.New("broken")
	if s, _, err := MintToken(iotest.ErrReader(broken)); !errors.Is(err, broken) || !s.Empty() {
		t.Errorf("got %v", err)
	}
	if s, _, err := MintToken(bytes.NewReader(make([]byte, 31))); err == nil || !s.Empty() {
		t.Error("31 bytes were enough")
	}
}

func TestATokenDoesNotPrint(t *testing.T) {
	s, _, _ := MintToken(rand.Reader)
	if got := fmt.Sprintf("%v %s %+v %#v", s, s, s, s); strings.Contains(got, TokenPrefix) {
		t.Errorf("printed %s", got)
	}
}

func TestWellFormed(t *testing.T) {
	digits := strings.Repeat("a", 43)
	for _, tc := range []struct {
		reason, text string
		want         bool
	}{
		{"a token", "flt_" + digits, true},
		{"another prefix", "ghp_" + digits, false},
		{"too short", "flt_" + digits[1:], false},
		{"too long", "flt_a" + digits, false},
		{"another alphabet", "flt_" + digits[1:] + "-", false},
		{"empty", "", false},
	} {
		if got := WellFormed(tc.text); got != tc.want {
			t.Errorf("%s: %v", tc.reason, got)
		}
	}
}

func TestVerify(t *testing.T) {
	s, h, err := MintToken(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	before, after := now.Add(-time.Second), now.Add(time.Second)
	for _, tc := range []struct {
		reason           string
		text             string
		expires, revoked *time.Time
		msg              string
	}{
		{"good", s.Reveal(), nil, nil, ""},
		{"not yet expired", s.Reveal(), &after, nil, ""},
		{"expires at this instant", s.Reveal(), &now, nil, `The token "ci" expired on 2026-03-01 12:00 UTC.`},
		{"expired", s.Reveal(), &before, nil, `The token "ci" expired on 2026-03-01 11:59 UTC.`},
		{"revoked wins over expired", s.Reveal(), &before, &before, `The token "ci" was revoked on 2026-03-01 11:59 UTC.`},
		{"revoked from later on", s.Reveal(), nil, &after, ""},
		{"another text learns nothing of the record", s.Reveal() + "x", &before, &before, "No valid token was given."},
		{"no text", "", nil, nil, "No valid token was given."},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			r := TokenRecord{ID: "7", Tenant: "acme", Name: "ci", Hash: h, Scopes: Scopes{Run}, ExpiresAt: tc.expires, RevokedAt: tc.revoked}
			a, err := r.Verify(tc.text, now)
			if tc.msg == "" {
				if d := cmp.Diff(Actor{ID: "7", Name: "ci", Kind: KindToken, Tenant: "acme", Scopes: Scopes{Run}}, a); d != "" || err != nil {
					t.Fatalf("-want +got\n%s, error %v", d, err)
				}
				return
			}
			e := connector.AsError(err)
			if e.Kind != connector.Denied || e.StatusCode() != 401 || e.Message != tc.msg || e.Fix == "" {
				t.Errorf("got %+v", e)
			}
			if d := cmp.Diff(Actor{}, a); d != "" {
				t.Errorf("an actor in spite of the error: %s", d)
			}
		})
	}
}

func TestExpiryIn(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	if at, err := ExpiryIn(now, time.Hour); err != nil || !at.Equal(now.Add(time.Hour)) {
		t.Errorf("an hour: %v, %v", at, err)
	}
	if at, err := ExpiryIn(now, 0); err != nil || at != nil {
		t.Errorf("never: %v, %v", at, err)
	}
	if _, err := ExpiryIn(now, -time.Hour); connector.AsError(err).Kind != connector.Invalid {
		t.Errorf("negative: %v", err)
	}
}
