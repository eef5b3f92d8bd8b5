package kernel

import (
	"testing"
	"time"

	"github.com/weir-engine/weir/core/types"
)

func TestUsualTimestamp(t *testing.T) {
	typ := types.TimestampType(3)
	for day := time.Date(1, 1, 1, 23, 59, 58, 987_000_000, time.UTC); day.Year() < 9999; day = day.AddDate(0, 0, 13) {
		text := day.Format("2006-01-02 15:04:05.000") + `"`
		ticks, n := UsualTimestamp([]byte(text), &typ, ' ')
		if n != len(text)-1 || ticks != day.UnixMilli() {
			t.Fatalf("%s: got %d after %d bytes, want %d", text, ticks, n, day.UnixMilli())
		}
	}
	for _, bad := range []string{`2020-1-01 00:00:00"`, `2020-01-01T00:00:00"`, `2020-13-01 00:00:00"`, `2020-01-01 24:00:00"`, `2021-02-29 00:00:00"`, `2021-04-31 00:00:00"`, `2020-01-01 00:00:0x"`, `2020-01-01 00:00:00."`} {
		if _, n := UsualTimestamp([]byte(bad), &typ, ' '); n != 0 {
			t.Errorf("%s was taken", bad)
		}
	}
}
