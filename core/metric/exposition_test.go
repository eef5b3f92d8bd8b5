package metric

import (
	"math"
	"strings"
	"testing"
)

func TestExposition(t *testing.T) {
	var e Exposition
	e.Add("flink_b", "second", 2, []Label{{"job_name", "a \"quoted\"\nname\\"}})
	e.Add("flink_b", "ignored", 1.5, []Label{{"job_name", "a"}, {"1st:label", "x"}})
	e.Add("flink_b", "ignored", 9, []Label{{"job_name", "a"}, {"1st:label", "x"}}) // the same labels again
	e.Add("flink_a.m-n[0]", "first\nline", math.NaN(), nil)
	e.Add("0big", "", -9223372036854775808, nil)
	var b strings.Builder
	if err := e.Write(&b); err != nil {
		t.Fatal(err)
	}
	want := `# HELP _big 
# TYPE _big gauge
_big -9.223372036854776e+18
# HELP flink_a_m_n_0_ first\nline
# TYPE flink_a_m_n_0_ gauge
flink_a_m_n_0_ NaN
# HELP flink_b second
# TYPE flink_b gauge
flink_b{job_name="a \"quoted\"\nname\\"} 2
flink_b{job_name="a",_st_label="x"} 1.5
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}
