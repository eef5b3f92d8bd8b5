package join

// fill lists what is said next. It stops at a full list, or where a row is
// lacking; then needs says of which input.
func (j *Merge) fill() error {
	if !j.informed && !j.inform() {
		return nil
	}
	for !j.done && j.needs == 0 && !j.list.full() {
		var err error
		switch {
		case j.large != nil:
			return j.large.fill(j)
		case j.left.left() == 0:
			j.withoutLeft()
		case j.right.left() == 0:
			j.withoutRight()
		default:
			err = j.meet()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// inform finds out whether there are right rows, and any with a NULL key, which
// come first. What NOT IN says of a left row hangs on it.
func (j *Merge) inform() bool {
	for j.right.left() > 0 && j.right.flags[j.right.next]&keyless != 0 {
		j.rightNull = true
		j.right.next++
	}
	j.informed = j.right.left() > 0 || j.right.ended
	if !j.informed {
		j.needs = 1 << 1
	}
	return j.informed
}

// withoutLeft goes on where no left row is at hand.
func (j *Merge) withoutLeft() {
	switch {
	case !j.left.ended:
		j.needs = 1 << 0
	case !j.kind.buildLone:
		j.done = true
	case j.right.left() > 0:
		for j.right.left() > 0 && !j.list.full() {
			j.passRight()
		}
	case j.right.ended:
		j.done = true
	default:
		j.needs = 1 << 1
	}
}

// withoutRight goes on where left rows are at hand and no right row is.
func (j *Merge) withoutRight() {
	switch {
	case !j.right.ended:
		j.needs = 1 << 1
	case !j.kind.probeLone && !j.kind.mark && !j.kind.buildLone:
		j.done = true
	default:
		for j.left.left() > 0 && !j.list.full() {
			j.passLeft(false)
		}
	}
}

// meet goes through the rows at hand of both sides.
func (j *Merge) meet() error {
	l, r := &j.left, &j.right
	for l.next < l.batch.Rows && r.next < r.batch.Rows && !j.list.full() {
		if r.flags[r.next]&keyless != 0 {
			j.passRight()
			continue
		}
		order := -1
		if l.flags[l.next]&keyless == 0 {
			order = compareRows(l, l.next, r, r.next)
		}
		switch {
		case order < 0:
			j.passLeft(false)
		case order > 0:
			j.passRight()
		default:
			if err := j.meetGroup(); err != nil || j.needs != 0 {
				return err
			}
		}
	}
	return nil
}

// enumerates reports that matching rows are looked at pair by pair.
func (j *Merge) enumerates() bool { return j.kind.pairs || j.cond != nil }

// meetGroup lists the pairs of left's next with the right rows of its key.
func (j *Merge) meetGroup() error {
	if !j.enumerates() {
		j.passLeft(true)
		return nil
	}
	r := &j.right
	if j.groupEnd <= r.next {
		j.scanned = r.run(r.next, j.scanned)
		if j.scanned == r.batch.Rows && !r.ended {
			j.needs = 1 << 1
			return nil
		}
		j.groupEnd = j.scanned
		if err := j.beginGroup(); err != nil {
			return err
		}
	}
	left := uint32(j.left.next)
	k := max(j.pair, r.next)
	to := min(j.groupEnd, k+j.list.room())
	lefts, rights := j.list.left, j.list.right // a slice that grows in a struct costs a write barrier a row
	for ; k < to; k++ {
		lefts, rights = append(lefts, left), append(rights, uint32(k))
	}
	j.list.left, j.list.right = lefts, rights
	if j.pair = k; k == j.groupEnd {
		j.passLeft(true)
	}
	return nil
}

// beginGroup says what is known of a group whose key a left row has.
func (j *Merge) beginGroup() error {
	if j.cond != nil {
		return nil
	}
	if j.kind.single && j.groupEnd-j.right.next > 1 {
		return moreThanOne()
	}
	if j.kind.buildLone {
		for r := j.right.next; r < j.groupEnd; r++ {
			j.right.flags[r] |= matched
		}
	}
	return nil
}

// passLeft is done with left's next; met: it had a group.
func (j *Merge) passLeft(met bool) {
	r := j.left.next
	j.left.next, j.pair = r+1, 0
	if j.cond == nil && met {
		j.left.flags[r] |= matched
	}
	if j.cond != nil || j.saysLeft(r) {
		j.list.add(uint32(r), noRow)
	}
}

// saysLeft reports whether a left row that is through is emitted for itself.
func (j *Merge) saysLeft(r int) bool {
	switch {
	case j.kind.mark:
		return true
	case j.left.flags[r]&matched != 0:
		return j.kind.probeMatched
	}
	return j.kind.probeLone && (!j.nullAware || !j.unknownLeft(r))
}

// unknownLeft reports that NULL keys leave it open whether an unmatched row is IN.
func (j *Merge) unknownLeft(r int) bool {
	return j.rightRows && (j.rightNull || j.left.flags[r]&keyless != 0)
}

// passRight is done with right's next.
func (j *Merge) passRight() {
	r := j.right.next
	j.right.next++
	if j.kind.buildLone && j.right.flags[r]&matched == 0 {
		j.list.add(noRow, uint32(r))
	}
}
