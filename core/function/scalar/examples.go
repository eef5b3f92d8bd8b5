package scalar

// examples are those of functions and operators that are declared many at once, or
// whose syntax says nearly all; declare takes them where a declaration has none.
var examples = map[string]string{
	"%": "7 % 3", "*": "6 * 7", "+": "DATE '2026-01-31' + INTERVAL '1' MONTH", "-": "5 - 7", "/": "7 / 2", "NEGATE": "-(5)",
	"ACOS": "ACOS(1)", "ASIN": "ASIN(1)", "ATAN": "ATAN(1)", "ATAN2": "ATAN2(1, 1)", "COS": "COS(0)", "COSH": "COSH(0)", "COT": "COT(1)",
	"DEGREES": "DEGREES(PI())", "E": "E()", "EXP": "EXP(1)", "LN": "LN(10)", "LOG10": "LOG10(100)", "LOG2": "LOG2(8)", "MOD": "MOD(7, 3)",
	"PI": "PI()", "RADIANS": "RADIANS(180)", "SIN": "SIN(0)", "SINH": "SINH(0)", "SQRT": "SQRT(16)", "TAN": "TAN(0)", "TANH": "TANH(0)",
	"<": "1 < 2", "<=": "1 <= 2", "<>": "1 <> 2", "=": "1 = 1", ">": "2 > 1", ">=": "2 >= 1", "IN": "'a' IN ('a', 'b')",
	"IS DISTINCT FROM": "1 IS DISTINCT FROM 2", "IS NOT DISTINCT FROM": "1 IS NOT DISTINCT FROM 1",
	"IS NOT NULL": "'' IS NOT NULL", "IS NULL": "NULLIF(1, 1) IS NULL", "SIMILAR TO": "'abc' SIMILAR TO 'a(b|c)%'",
	"CASE": "CASE WHEN 1 < 2 THEN 'less' ELSE 'more' END", "COALESCE": "COALESCE(NULLIF(1, 1), 2)", "GREATEST": "GREATEST(1, 3, 2)",
	"LEAST": "LEAST(1, 3, 2)", "IF": "IF(1 < 2, 'less', 'more')", "IFNULL": "IFNULL(NULLIF(1, 1), 0)", "IS_ALPHA": "IS_ALPHA('weir')",
	"IS_DECIMAL": "IS_DECIMAL('1.5')", "IS_DIGIT": "IS_DIGIT('15')", "SHA2": "SHA2('weir', 256)", "IS JSON": "'[1]' IS JSON",
	"IS JSON ARRAY": "'[1]' IS JSON ARRAY", "IS JSON OBJECT": "'{}' IS JSON OBJECT", "IS JSON SCALAR": "'1' IS JSON SCALAR",
	"AND": "1 < 2 AND 2 < 3", "OR": "1 < 2 OR 3 < 2", "NOT": "NOT 1 < 2", "IS FALSE": "(1 < 2) IS FALSE", "IS NOT FALSE": "(1 < 2) IS NOT FALSE",
	"IS TRUE": "(1 < 2) IS TRUE", "IS NOT TRUE": "(1 < 2) IS NOT TRUE", "CURRENT_DATABASE": "CURRENT_DATABASE()",
	"ENDSWITH": "ENDSWITH('weir', 'ir')", "STARTSWITH": "STARTSWITH('weir', 'we')", "UUID": "UUID()", "||": "'we' || 'ir'",
	"CURRENT_DATE": "CURRENT_DATE", "CURRENT_ROW_TIMESTAMP": "CURRENT_ROW_TIMESTAMP()", "CURRENT_TIMESTAMP": "CURRENT_TIMESTAMP",
	"LOCALTIME": "LOCALTIME", "LOCALTIMESTAMP": "LOCALTIMESTAMP", "PROCTIME": "PROCTIME()",
	"DAYOFMONTH": "DAYOFMONTH(DATE '2026-01-31')", "DAYOFWEEK": "DAYOFWEEK(DATE '2026-01-31')", "DAYOFYEAR": "DAYOFYEAR(DATE '2026-01-31')",
	"HOUR": "HOUR(TIMESTAMP '2026-01-31 10:20:30')", "MINUTE": "MINUTE(TIMESTAMP '2026-01-31 10:20:30')",
	"SECOND": "SECOND(TIMESTAMP '2026-01-31 10:20:30')", "MONTH": "MONTH(DATE '2026-01-31')", "QUARTER": "QUARTER(DATE '2026-01-31')",
	"WEEK": "WEEK(DATE '2026-01-31')", "YEAR": "YEAR(DATE '2026-01-31')",
	"MINUS_DATE": "CAST((DATE '2026-01-31' - DATE '2026-01-01') DAY AS STRING)",
}
