package soak

import (
	"os"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/all"
	"github.com/fairlead-io/fairlead/internal/cli"
	"github.com/fairlead-io/fairlead/test/apptest"
)

// programEnv makes this test binary the program itself.
const programEnv = "FAIRLEAD_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programEnv) != "" {
		os.Exit(cli.Main("test"))
	}
	apptest.Main(m, func() []*connector.Integration { return all.Integrations() })
}
