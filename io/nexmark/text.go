package nexmark

import (
	"fmt"
	"math/bits"
	"strings"
	"sync"

	"github.com/weir-engine/weir/core/vector"
)

const (
	fillerBytes  = 1 << 20
	hotChannels  = 4
	coldChannels = 10_000
)

var (
	states     = strings.Split("AZ,CA,ID,OR,WA,WY", ",")
	cities     = strings.Split("Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne", ",")
	firstNames = strings.Split("Peter,Paul,Luke,John,Saul,Vicky,Kate,Julie,Sarah,Deiter,Walter", ",")
	lastNames  = strings.Split("Shultz,Abrams,Spencer,White,Bartels,Walton,Smith,Jones,Noris", ",")
)

// texts are the buffers that all events' texts point into; they are the same in every process.
type texts struct {
	filler   []byte        // random letters, for extra
	channels []vector.View // names, hot ones first
	urls     []vector.View // by channel
	urlBytes []byte
}

var shared = sync.OnceValue(func() *texts {
	r := randomOf(-1)
	t := &texts{filler: make([]byte, fillerBytes)}
	for i := range t.filler {
		t.filler[i] = 'a' + byte(r.below(26))
	}
	for _, name := range []string{"Google", "Facebook", "Baidu", "Apple"} {
		t.addChannel(name, baseURL(&r))
	}
	for i := range coldChannels {
		url := baseURL(&r)
		if r.below(10) > 0 {
			id := int64(int32(bits.Reverse32(uint32(i))))
			url += fmt.Sprintf("&channel_id=%d", max(id, -id))
		}
		t.addChannel(fmt.Sprintf("channel-%d", i), url)
	}
	return t
})

func (t *texts) addChannel(name, url string) {
	put := func(s string) vector.View {
		off := len(t.urlBytes)
		t.urlBytes = append(t.urlBytes, s...)
		return vector.MakeView([]byte(s), urlBuf, uint32(off))
	}
	t.channels = append(t.channels, put(name))
	t.urls = append(t.urls, put(url))
}

func baseURL(r *random) string {
	var b []byte
	b = append(b, "https://www.nexmark.com/"...)
	for range 3 {
		b = word(r, b, 5, '_')
		b = append(b, '/')
	}
	return string(append(b, "item.htm?query=1"...))
}

// word appends 3 to longest-1 letters, one in thirteen of them special; spaces are trimmed.
func word(r *random, dst []byte, longest int64, special byte) []byte {
	at := len(dst)
	for range 3 + r.below(longest-3) {
		if r.below(13) == 0 {
			dst = append(dst, special)
		} else {
			dst = append(dst, 'a'+byte(r.below(26)))
		}
	}
	if special != ' ' {
		return dst
	}
	for len(dst) > at && dst[len(dst)-1] == ' ' {
		dst = dst[:len(dst)-1]
	}
	from := at
	for from < len(dst) && dst[from] == ' ' {
		from++
	}
	return append(dst[:at], dst[from:]...)
}
