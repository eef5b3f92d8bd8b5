package rest

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"unicode/utf16"
)

// Flink's clients read why an operation failed from an object of Java's, an
// org.apache.flink.util.SerializedThrowable, and break where there is none. It is
// written here as java.io.ObjectOutputStream writes it: the constant parts are the
// descriptions of its classes and arrays without elements, and between them stand
// the message, the text of the stack trace and the name of the class.
const (
	// The stream's head; the classes SerializedThrowable, Exception and Throwable; no cause.
	throwableHead = "aced0005737200296f72672e6170616368652e666c696e6b2e7574696c2e53657269616c697a65645468726f7761626c6565169df51fa713f3020003" +
		"4c001966756c6c537472696e676966696564537461636b54726163657400124c6a6176612f6c616e672f537472696e673b4c00166f726967696e616c" +
		"4572726f72436c6173734e616d6571007e00015b001373657269616c697a6564457863657074696f6e7400025b42787200136a6176612e6c616e672e" +
		"457863657074696f6ed0fd1f3e1a3b1cc4020000787200136a6176612e6c616e672e5468726f7761626c65d5c635273977b8cb0300044c0005636175" +
		"73657400154c6a6176612f6c616e672f5468726f7761626c653b4c000d64657461696c4d65737361676571007e00015b000a737461636b5472616365" +
		"74001e5b4c6a6176612f6c616e672f537461636b5472616365456c656d656e743b4c001473757070726573736564457863657074696f6e737400104c" +
		"6a6176612f7574696c2f4c6973743b787070"
	// StackTraceElement[0], and Collections.emptyList(); the end of Throwable's own data.
	throwableMiddle = "7572001e5b4c6a6176612e6c616e672e537461636b5472616365456c656d656e743b02462a3c3cfd22390200007870000000007372001f6a6176612e" +
		"7574696c2e436f6c6c656374696f6e7324456d7074794c6973747ab817b43ca79ede020000787078"
	// byte[0]: no exception of its own class is inside, so that clients take this one.
	throwableTail = "757200025b42acf317f8060854e0020000787000000000"
)

// serializedThrowable is a message as that object, in base64.
func serializedThrowable(message string) string {
	const most = 16 << 10 // the length of a string is 16 bits, and a character at most 3 bytes
	if r := []rune(message); len(r) > most {
		message = string(r[:most])
	}
	out := unhex(throwableHead)
	out = javaString(out, message)
	out = append(out, unhex(throwableMiddle)...)
	out = javaString(out, message+"\n")
	out = javaString(out, "java.lang.Exception")
	return base64.StdEncoding.EncodeToString(append(out, unhex(throwableTail)...))
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err) // a constant
	}
	return b
}

// javaString appends a string in the modified UTF-8 of Java: code units of UTF-16,
// each in one to three bytes, and zero in two.
func javaString(out []byte, s string) []byte {
	var b strings.Builder
	for _, c := range utf16.Encode([]rune(s)) {
		switch {
		case c != 0 && c < 0x80:
			b.WriteByte(byte(c))
		case c < 0x800:
			b.Write([]byte{0xc0 | byte(c>>6), 0x80 | byte(c&0x3f)})
		default:
			b.Write([]byte{0xe0 | byte(c>>12), 0x80 | byte(c>>6&0x3f), 0x80 | byte(c&0x3f)})
		}
	}
	out = binary.BigEndian.AppendUint16(append(out, 0x74), uint16(b.Len()))
	return append(out, b.String()...)
}
