package shell

import (
	"slices"
	"strings"
	"unicode"
)

// words begin statements and clauses, or stand within them.
var words = strings.Fields(`
AND AS ASC BEGIN BETWEEN BY CASE CAST CATALOG CREATE CROSS CUMULATE DATABASE DATABASES DATE DESC DESCRIBE DESCRIPTOR DISTINCT DROP
ELSE END EXCEPT EXECUTE EXISTS EXPLAIN FALSE FILTER FROM FULL FUNCTIONS GROUP HAVING HOP IF IN INNER INSERT INTERSECT INTERVAL
INTO IS JOIN LAST LEFT LIKE LIMIT NOT NULL NULLS OFFSET ON OR ORDER OVER OVERWRITE PARTITION PLAN PRIMARY KEY RESET RIGHT
SELECT SESSION SET SHOW STATEMENT TABLE TABLES TEMPORARY THEN TIMESTAMP TRUE TRY_CAST TUMBLE UNION USE USING VALUES VIEW VIEWS
WATERMARK WHEN WHERE WITH`)

// Candidates lists what the word before the cursor may become.
func Candidates(before []rune, names []string) []string {
	from := len(before)
	for from > 0 && inWord(before[from-1]) {
		from--
	}
	prefix := strings.ToUpper(string(before[from:]))
	if prefix == "" {
		return nil
	}
	var out []string
	for _, w := range slices.Concat(words, names) {
		if strings.HasPrefix(strings.ToUpper(w), prefix) {
			out = append(out, w)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func inWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
