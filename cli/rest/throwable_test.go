package rest

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

func TestSerializedThrowable(t *testing.T) {
	b, err := base64.StdEncoding.DecodeString(serializedThrowable("a\x00ä€😀"))
	if err != nil {
		t.Fatal(err)
	}
	// Modified UTF-8, behind its length in bytes: as java.io.DataOutput.writeUTF has it.
	want := "74" + "000e" + "61" + "c080" + "c3a4" + "e282ac" + "eda0bd" + "edb880"
	if got := hex.EncodeToString(b); !strings.Contains(got, want) || !strings.HasPrefix(got, throwableHead) || !strings.HasSuffix(got, throwableTail) {
		t.Errorf("%s", got)
	}
	long, err := base64.StdEncoding.DecodeString(serializedThrowable(strings.Repeat("€", 100_000)))
	if err != nil || len(long) > 3<<16 {
		t.Errorf("%d bytes, %v", len(long), err)
	}
}
