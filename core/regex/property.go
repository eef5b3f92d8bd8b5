package regex

import (
	"strings"
	"unicode"
)

// posix are the classes of ASCII that \p names.
var posix = map[string]set{
	"Lower": lowers, "Upper": uppers, "ASCII": {{0, 0x7f}}, "Alpha": lowers.union(uppers), "Digit": digits,
	"Alnum": digits.union(lowers, uppers), "Punct": {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}, "Graph": {{'!', '~'}},
	"Print": {{' ', '~'}}, "Blank": oneOf(' ', '\t'), "Cntrl": {{0, 0x1f}, {0x7f, 0x7f}},
	"XDigit": {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}, "Space": spaces,
}

// binary are the properties that \p{Is…} names, and \p{Alpha} and its like under (?U).
var binary = map[string]set{
	"ALPHABETIC": fromTable(unicode.L, unicode.Nl, unicode.Other_Alphabetic), "LETTER": fromTable(unicode.L),
	"LOWERCASE": fromTable(unicode.Ll, unicode.Other_Lowercase), "UPPERCASE": fromTable(unicode.Lu, unicode.Other_Uppercase),
	"TITLECASE": fromTable(unicode.Lt), "IDEOGRAPHIC": fromTable(unicode.Ideographic), "PUNCTUATION": fromTable(unicode.P),
	"CONTROL": fromTable(unicode.Cc), "WHITE_SPACE": unicodeSpaces, "WHITESPACE": unicodeSpaces, "DIGIT": fromTable(unicode.Nd),
	"HEX_DIGIT": fromTable(unicode.Hex_Digit, unicode.Nd), "NONCHARACTER_CODE_POINT": fromTable(unicode.Noncharacter_Code_Point),
}

var underUnicode = map[string]string{
	"Lower": "LOWERCASE", "Upper": "UPPERCASE", "Alpha": "ALPHABETIC", "Digit": "DIGIT", "Punct": "PUNCTUATION", "Space": "WHITE_SPACE", "XDigit": "HEX_DIGIT",
}

// javaSets are the tests of java.lang.Character.
var javaSets = map[string]set{
	"LowerCase": binary["LOWERCASE"], "UpperCase": binary["UPPERCASE"], "TitleCase": binary["TITLECASE"], "Alphabetic": binary["ALPHABETIC"],
	"Ideographic": binary["IDEOGRAPHIC"], "Digit": binary["DIGIT"], "Letter": binary["LETTER"], "LetterOrDigit": fromTable(unicode.L, unicode.Nd),
	"Whitespace": oneOf('\t', '\n', '\v', '\f', '\r', 0x1c, 0x1d, 0x1e, 0x1f).union(fromTable(unicode.Z).and(oneOf(0xa0, 0x2007, 0x202f).not())),
	"SpaceChar":  fromTable(unicode.Z), "ISOControl": {{0, 0x1f}, {0x7f, 0x9f}},
}

// blocks are those of Unicode that are asked for, by their names without spaces, hyphens and underscores.
var blocks = map[string]span{
	"BASICLATIN": {0, 0x7f}, "LATIN1SUPPLEMENT": {0x80, 0xff}, "LATINEXTENDEDA": {0x100, 0x17f}, "LATINEXTENDEDB": {0x180, 0x24f},
	"GREEK": {0x370, 0x3ff}, "GREEKANDCOPTIC": {0x370, 0x3ff}, "CYRILLIC": {0x400, 0x4ff}, "ARMENIAN": {0x530, 0x58f}, "HEBREW": {0x590, 0x5ff},
	"ARABIC": {0x600, 0x6ff}, "DEVANAGARI": {0x900, 0x97f}, "THAI": {0xe00, 0xe7f}, "GENERALPUNCTUATION": {0x2000, 0x206f},
	"CURRENCYSYMBOLS": {0x20a0, 0x20cf}, "ARROWS": {0x2190, 0x21ff}, "MATHEMATICALOPERATORS": {0x2200, 0x22ff},
	"CJKSYMBOLSANDPUNCTUATION": {0x3000, 0x303f}, "HIRAGANA": {0x3040, 0x309f}, "KATAKANA": {0x30a0, 0x30ff},
	"CJKUNIFIEDIDEOGRAPHS": {0x4e00, 0x9fff}, "HANGULSYLLABLES": {0xac00, 0xd7af}, "EMOTICONS": {0x1f600, 0x1f64f},
}

// property is the set that \p{name} names; ok is false for a name that Java does not know.
func property(name string, f flags) (s set, ok bool, err error) {
	if key, value, found := strings.Cut(name, "="); found {
		switch strings.ToLower(key) {
		case "sc", "script":
			return script(value)
		case "gc", "general_category":
			s, ok = category(value)
			return s, ok, nil
		case "blk", "block":
			return block(value)
		}
		return nil, false, nil
	}
	if rest, found := strings.CutPrefix(name, "In"); found {
		return block(rest)
	}
	if rest, found := strings.CutPrefix(name, "Is"); found {
		if s, ok = binary[strings.ToUpper(rest)]; ok {
			return s, true, nil
		}
		if s, ok = category(rest); ok {
			return s, true, nil
		}
		return script(rest)
	}
	if rest, found := strings.CutPrefix(name, "java"); found {
		if s, ok = javaSets[rest]; !ok {
			return nil, false, unsupported(`\p{`+name+"}", "this test of Character")
		}
		return s, true, nil
	}
	if f.insensitive && (name == "Lower" || name == "Upper") {
		name = "Alpha"
	}
	if wide, found := underUnicode[name]; found && f.unicodeClasses {
		return binary[wide], true, nil
	}
	if s, ok = posix[name]; ok {
		return s, true, nil
	}
	s, ok = category(name)
	return s, ok, nil
}

func category(name string) (set, bool) {
	switch name {
	case "L1":
		return set{{0, 0xff}}, true
	case "all":
		return set{{0, unicode.MaxRune}}, true
	}
	if t, ok := unicode.Categories[name]; ok {
		return fromTable(t), true
	}
	return nil, false
}

func script(name string) (set, bool, error) {
	for known, t := range unicode.Scripts {
		if strings.EqualFold(known, name) {
			return fromTable(t), true, nil
		}
	}
	if len(name) == 4 {
		return nil, false, unsupported(`\p{Is`+name+"}", "the short names of scripts")
	}
	return nil, false, nil
}

var blockSpelling = strings.NewReplacer(" ", "", "-", "", "_", "")

func block(name string) (set, bool, error) {
	x, ok := blocks[strings.ToUpper(blockSpelling.Replace(name))]
	if !ok {
		return nil, false, unsupported(`\p{In`+name+"}", "this block of Unicode")
	}
	return set{x}, true, nil
}
