package gateway

import (
	"time"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
)

// The options of a gateway, with Flink's keys.
var (
	OptIdleTimeout = &option.Definition{
		Key: "sql-gateway.session.idle-timeout", Type: "duration", Default: "10 min",
		Text: "a session that no client has used for this long is closed, with what it runs; 0: never",
	}
	OptMaxSessions = &option.Definition{
		Key: "sql-gateway.session.max-num", Type: "int", Default: "1000000",
		Text: "how many sessions there may be at a time",
	}
)

// Options lists them.
func Options() []*option.Definition { return []*option.Definition{OptIdleTimeout, OptMaxSessions} }

// Configure reads them.
func (c *Config) Configure(v option.Values) error {
	idle, err := v.Duration(OptIdleTimeout)
	if err != nil {
		return err
	}
	if c.IdleTimeout = idle; idle == 0 {
		c.IdleTimeout = -time.Second
	}
	n, err := v.Int(OptMaxSessions)
	if err != nil {
		return err
	}
	if n < 1 {
		return sqlerr.Newf(sqlerr.InvalidOption, "option '%s' cannot be %d", OptMaxSessions.Key, n)
	}
	c.MaxSessions = int(n)
	return nil
}
