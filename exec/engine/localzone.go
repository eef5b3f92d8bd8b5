package engine

import (
	"os"
	"strings"
	"time"
)

// localZone is the name of the system's time zone; false where it has none that
// another process would know.
func localZone() (string, bool) {
	name := time.Local.String()
	if name == "Local" {
		name = os.Getenv("TZ")
		if link, err := os.Readlink("/etc/localtime"); name == "" && err == nil {
			_, name, _ = strings.Cut(link, "zoneinfo/")
		}
	}
	if _, err := time.LoadLocation(name); name == "" || err != nil {
		return "", false
	}
	return name, true
}
