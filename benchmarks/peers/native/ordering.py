"""What order of rows a query promises: where its outermost ORDER BY stands, and which columns its keys are."""
import re

TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|--[^\n]*|\w+|\S", re.S)
DIRECTION = re.compile(r"(\s+(asc|desc))?(\s+nulls\s+(first|last))?\s*$", re.I)


def outermost(sql):
    """Tokens that no parenthesis encloses: (lower-case text, start, end)."""
    depth = 0
    for m in TOKEN.finditer(sql):
        depth -= m.group() == ")"
        if depth == 0:
            yield m.group().lower(), m.start(), m.end()
        depth += m.group() == "("


def parts(sql):
    """A query without its LIMIT and OFFSET, the texts of the keys of its ORDER BY, and the slice of its rows that they leave."""
    keys, limit = None, None
    for word, start, end in outermost(sql):
        if word == "order":
            keys = [end]
        elif keys and word == "by":
            keys = [end]
        elif word == "limit":
            limit = start
        elif keys and limit is None and word == ",":
            keys += [start, end]
    head, rows = sql, slice(None)
    if limit is not None:
        head, count, offset = sql[:limit], *re.fullmatch(r"limit\s+(\d+)(?:\s+offset\s+(\d+))?\s*", sql[limit:], re.I).groups()
        rows = slice(int(offset or 0), int(offset or 0) + int(count))
    if keys:
        keys.append(len(head))
    pairs = zip(keys[::2], keys[1::2]) if keys else ()
    return head, [DIRECTION.sub("", sql[a:b]).strip() for a, b in pairs], rows


def column(key, names):
    """The output column that a key names by its number or name; None where it is another expression."""
    if key.isdigit():
        return int(key) - 1
    if not re.fullmatch(r"\w+(\.\w+)?", key):
        return None
    name = key.split(".")[-1].lower()
    return names.index(name) if names.count(name) == 1 else None


def with_columns(sql, expressions):
    """The query with further output columns at the end of its outermost SELECT list."""
    if not expressions:
        return sql
    at = next(start for word, start, _ in outermost(sql) if word == "from")
    return sql[:at] + "".join(f", {e} AS order_key_{i} " for i, e in enumerate(expressions)) + sql[at:]
