package scalar

import (
	"math/rand/v2"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

func init() {
	declare(function.Function{
		Name: "RAND", Volatile: true,
		Doc: numberDoc("RAND([seed])", "A random DOUBLE from 0 to below 1, another for each row; with a seed the sequence of java.util.Random.", "RAND(7)"),
	}, takes(returns(types.DoubleType), 0, anInt), randCode)
	declare(function.Function{
		Name: "RAND_INTEGER", Volatile: true,
		Doc: numberDoc("RAND_INTEGER([seed,] bound)", "A random INT from 0 to below the bound, another for each row; with a seed the sequence of java.util.Random.", "RAND_INTEGER(10, 8)"),
	}, takes(returns(types.IntType), 1, anInt, anInt), randIntegerCode)
}

// javaRandom is java.util.Random: what a seed gives is part of what the function means.
type javaRandom uint64

const javaRandomMask = 1<<48 - 1

func newJavaRandom(seed int64) javaRandom {
	return javaRandom((uint64(seed) ^ 0x5DEECE66D) & javaRandomMask)
}

func (j *javaRandom) next(bits uint) int32 {
	*j = (*j*0x5DEECE66D + 0xB) & javaRandomMask
	return int32(uint64(*j) >> (48 - bits))
}

func (j *javaRandom) float() float64 {
	high := int64(j.next(26)) << 27
	return float64(high+int64(j.next(27))) * (1.0 / (1 << 53))
}

func (j *javaRandom) below(bound int32) int32 {
	r := j.next(31)
	if bound&(bound-1) == 0 {
		return int32(int64(bound) * int64(r) >> 31)
	}
	for u := r; ; u = j.next(31) {
		if r = u % bound; u-r+(bound-1) >= 0 { // else u lies in the last, incomplete round
			return r
		}
	}
}

// seeds gives the generator of each row: a constant seed begins one sequence, which
// goes on over batches; another seed a sequence a row.
func seeds(s Site) func(c *kernel.Call) func(r uint32) *javaRandom {
	if lit := s.Args[0].Literal; lit != nil && !lit.Null {
		j := newJavaRandom(int64(int32(lit.I)))
		return func(*kernel.Call) func(uint32) *javaRandom {
			return func(uint32) *javaRandom { return &j }
		}
	}
	var j javaRandom
	return func(c *kernel.Call) func(uint32) *javaRandom {
		seed := c.Ints(0)
		return func(r uint32) *javaRandom {
			j = newJavaRandom(seed.At(r))
			return &j
		}
	}
}

func randCode(s Site) (kernel.Kernel, error) {
	if len(s.Args) == 0 {
		return kernel.Kernel{Eval: func(c *kernel.Call) error {
			out := vector.Values[float64](c.Out)
			for _, r := range c.Selected() {
				out[r] = rand.Float64()
			}
			return nil
		}}, nil
	}
	generators := seeds(s)
	return kernel.Kernel{Eval: func(c *kernel.Call) error {
		generator, out := generators(c), vector.Values[float64](c.Out)
		for _, r := range c.Active() {
			out[r] = generator(r).float()
		}
		return nil
	}}, nil
}

func randIntegerCode(s Site) (kernel.Kernel, error) {
	below := func(*kernel.Call) func(uint32, int32) int32 {
		return func(_ uint32, bound int32) int32 { return rand.Int32N(bound) }
	}
	if len(s.Args) == 2 {
		generators := seeds(s)
		below = func(c *kernel.Call) func(uint32, int32) int32 {
			generator := generators(c)
			return func(r uint32, bound int32) int32 { return generator(r).below(bound) }
		}
	}
	return kernel.Kernel{Eval: func(c *kernel.Call) error {
		bounds, next := c.Ints(len(c.Args)-1), below(c)
		for _, r := range c.Active() {
			bound := int32(bounds.At(r))
			if bound <= 0 {
				return c.Fail(r, sqlerr.Newf(sqlerr.BadInput, "RAND_INTEGER: the bound %d is not positive", bound))
			}
			c.PutInt(r, int64(next(r, bound)))
		}
		return nil
	}}, nil
}
