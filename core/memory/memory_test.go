package memory_test

import (
	"errors"
	"testing"

	"github.com/weir-engine/weir/core/memory"
)

func TestGrantsShareOneNumber(t *testing.T) {
	m := memory.NewManager(1 << 20)
	a, err := m.Open("a", 256<<10)
	if err != nil {
		t.Fatal(err)
	}
	if !a.TryGrow(700 << 10) {
		t.Fatal("growth within the limit was refused")
	}
	_, err = m.Open("b", 512<<10)
	var refused *memory.RefusedError
	if !errors.As(err, &refused) || refused.Need != 512<<10 {
		t.Fatalf("want a refusal naming the need, got %v", err)
	}
	b, err := m.Open("b", 64<<10)
	if err != nil {
		t.Fatal(err)
	}
	if b.TryGrow(1 << 20) {
		t.Fatal("growth past the limit was granted")
	}
	if !a.Yield() || a.Yield() {
		t.Fatal("the refusal must raise a's flag once")
	}
	a.Shrink(700 << 10)
	if got := m.Used(); got != (256+64)<<10 {
		t.Fatalf("minimums stay held: used %d", got)
	}
	a.Close()
	b.Close()
	if m.Used() != 0 || m.Peak() != (700+64)<<10 {
		t.Fatalf("used %d, peak %d", m.Used(), m.Peak())
	}
}

func TestArenaGrowsInPlace(t *testing.T) {
	m := memory.NewManager(1 << 20)
	g, _ := m.Open("arena", 0)
	a, err := memory.NewArena(g, 8<<20)
	if err != nil {
		t.Fatal(err)
	}
	if !a.Grow(100) {
		t.Fatal("first page refused")
	}
	a.Bytes()[99] = 7
	base := a.Base()
	if !a.Grow(600<<10) || a.Base() != base || a.Bytes()[99] != 7 {
		t.Fatal("growth must keep address and contents")
	}
	if a.Grow(2 << 20) {
		t.Fatal("growth past the grant must be refused")
	}
	if err := a.Reset(); err != nil || m.Used() != 0 {
		t.Fatalf("reset: %v, used %d", err, m.Used())
	}
	if !a.Grow(100) || a.Bytes()[99] != 0 {
		t.Fatal("pages are zero again after Reset")
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestRoomsOverdraw: a buffer is never refused in the middle, but its owner hears of it.
func TestRoomsOverdraw(t *testing.T) {
	m := memory.NewManager(1 << 20)
	g, _ := m.Open("columns", 0)
	rooms := memory.NewRooms(g)
	a, b := rooms.New(), rooms.New()
	small := append(a.Grow(nil, 10), "kept"...)
	if m.Used() == 0 || rooms.Refused() {
		t.Fatalf("small buffers count too: %d", m.Used())
	}
	big := a.Grow(small, 700<<10)
	if string(big) != "kept" || cap(big) < 700<<10 || int64(cap(big)) > m.Used() {
		t.Fatalf("a buffer that moves keeps its bytes: %q, %d of %d", big, cap(big), m.Used())
	}
	if rooms.Refused() {
		t.Fatal("what fits was refused")
	}
	other := b.Grow(nil, 600<<10)
	other = other[:600<<10]
	other[len(other)-1] = 1
	if !rooms.Refused() || !m.Overdrawn() || rooms.Held() != m.Used() {
		t.Fatalf("more is held than granted: %d of %d", m.Used(), m.Limit())
	}
	if err := rooms.Reset(); err != nil || m.Used() != 0 || rooms.Refused() {
		t.Fatalf("%v: %d are held after Reset", err, m.Used())
	}
	if again := rooms.New().Grow(nil, 100<<10); len(again) != 0 || m.Used() < 100<<10 {
		t.Fatal("a room is empty when it is handed out again")
	}
	if err := rooms.Close(); err != nil || m.Used() != 0 {
		t.Fatalf("%v: %d are held after Close", err, m.Used())
	}
}

func TestInsistOverdrawsALittle(t *testing.T) {
	m := memory.NewManager(100)
	g, _ := m.Open("a", 0)
	other, _ := m.Open("b", 100)
	g.Insist(30)
	if !g.TryGrow(20) || g.TryGrow(20) || !g.TryGrow(10) {
		t.Fatal("thirty bytes in all are more than there are")
	}
	if m.Used() != 130 {
		t.Fatalf("%d bytes are counted", m.Used())
	}
	g.Insist(0)
	if g.TryGrow(1) {
		t.Fatal("an owner that does not insist is refused")
	}
	g.Close()
	other.Close()
	if m.Used() != 0 {
		t.Fatalf("%d bytes are counted at the end", m.Used())
	}
}
