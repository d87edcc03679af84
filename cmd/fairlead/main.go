// Command fairlead is the whole program: server, command line and sandbox.
package main

import (
	"os"

	"github.com/fairlead-io/fairlead/internal/cli"
)

// version is set by the linker; a plain build reads it from the binary.
var version string

func main() { os.Exit(cli.Main(version)) }
