package file

import (
	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

func newTextSource(_ *catalog.Table, format string, _ []string, _ []types.Type) (formatSource, error) {
	return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "format '%s' is not supported", format)
}

func inferText(_ *catalog.Table, format string, _ entry) error {
	return sqlerr.Newf(sqlerr.FeatureNotSupported, "format '%s' is not supported", format)
}
