package scalar

// The code of these follows with core/kernel.
var (
	notCode, isNullCode, isNotNullCode, inCode, negateCode, likeCode, similarCode, typeofCode Code
	extractCode, timestampAddCode, timestampDiffCode, minusDateCode                           Code
)

func truthCode(string) Code      { return nil }
func compareCode(string) Code    { return nil }
func distinctCode(bool) Code     { return nil }
func arithmeticCode(string) Code { return nil }
func partCode(string) Code       { return nil }
func roundToCode(bool) Code      { return nil }
