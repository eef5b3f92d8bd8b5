// Package rowcodec turns columns into bytes a row, and back.
//
// There are two encodings, both written and read a column at a time:
//
//	key  order-preserving: bytes.Compare orders encodings as SQL orders the rows.
//	     A column is a tag (NULL or not) and the value, big-endian with the sign
//	     flipped; strings escape zero bytes and end in two of them.
//	row  compact: a version, NULL bits, the fixed-width values at fixed places,
//	     then strings and nested values with their lengths.
//
// Encodings stand on their own: what is appended to an encoded key cannot change
// how it compares with another. Equal rows have equal bytes in both. The bytes
// are stored in checkpoints: a change needs a new version and the old reader.
//
// This package knows no files and no backends. Read keys.go and rows.go (the lists), then key.go and row.go.
package rowcodec
