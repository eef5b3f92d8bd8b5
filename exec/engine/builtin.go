package engine

import (
	"io"

	// Functions register themselves.
	_ "github.com/weir-engine/weir/core/function/aggregate"
	_ "github.com/weir-engine/weir/core/function/ranking"
	_ "github.com/weir-engine/weir/core/function/scalar"
	"github.com/weir-engine/weir/io/blackhole"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/datagen"
	"github.com/weir-engine/weir/io/file"
	"github.com/weir-engine/weir/io/jdbc"
	"github.com/weir-engine/weir/io/kafka"
	"github.com/weir-engine/weir/io/nexmark"
	"github.com/weir-engine/weir/io/print"
	"github.com/weir-engine/weir/io/values"
)

// builtin lists the connectors that every engine has.
func builtin(stdout io.Writer) []connector.Factory {
	return []connector.Factory{
		blackhole.Factory{},
		datagen.Factory{},
		file.NewFactory(),
		jdbc.Factory{},
		kafka.Factory{},
		kafka.Factory{Upsert: true},
		nexmark.Factory{},
		print.Factory{Out: stdout},
		values.Factory{},
	}
}

// Builtin lists the connectors that every engine has, for their documentation.
func Builtin() []connector.Factory { return builtin(nil) }
