// Command weir runs SQL over data at rest and data in motion.
package main

import (
	"os"

	"github.com/weir-engine/weir/cli/command"
)

// version is set by the linker.
var version = "unknown"

func main() { os.Exit(command.Main(version, os.Args[1:], command.OS())) }
