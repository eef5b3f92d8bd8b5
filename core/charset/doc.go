// Package charset turns text into bytes of a charset and back, as Java does.
//
//	bytes ─ Of("UTF-16").Decode ─▶ text, which is UTF-8
//	text  ─ Of("UTF-16").Encode ─▶ bytes
//
// It knows the charsets that every Java has, and must not guess one from bytes.
// Read charset.go.
package charset
