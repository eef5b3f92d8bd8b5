package keyed

import "fmt"

// Catalogue numbers the states of a backend in the order they were declared.
// Numbers are part of stored state.
type Catalogue struct {
	States []Declared
}

// Declare finds or adds a state. A state that is there with another shape is refused.
func (c *Catalogue) Declare(d Declared) (id uint16, isNew bool, err error) {
	for i, have := range c.States {
		if have.Operator != d.Operator || have.Name != d.Name {
			continue
		}
		if have != d {
			return 0, false, fmt.Errorf("state %s of operator %s was stored as %s, but the plan now wants %s: the job cannot go on from this checkpoint",
				d.Name, d.Operator, have.shape(), d.shape())
		}
		return uint16(i), false, nil
	}
	if len(c.States) >= 1<<15 {
		return 0, false, fmt.Errorf("state %s of operator %s: too many states in one task", d.Name, d.Operator)
	}
	c.States = append(c.States, d)
	return uint16(len(c.States) - 1), true, nil
}

func (d Declared) shape() string {
	if d.Width > 0 {
		return fmt.Sprintf("%s with rows of %d bytes", d.Kind, d.Width)
	}
	return string(d.Kind)
}
