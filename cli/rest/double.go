package rest

import (
	"encoding/json"
	"math"
)

// Double is a number that may be none: then it is the text "NaN", as Flink writes it.
type Double float64

// MarshalJSON writes a number, or "NaN".
func (d Double) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(d)) || math.IsInf(float64(d), 0) {
		return []byte(`"NaN"`), nil
	}
	return json.Marshal(float64(d))
}

// UnmarshalJSON reads what MarshalJSON writes.
func (d *Double) UnmarshalJSON(b []byte) error {
	if string(b) == `"NaN"` {
		*d = Double(math.NaN())
		return nil
	}
	return json.Unmarshal(b, (*float64)(d))
}
