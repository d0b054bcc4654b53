package pdf

import (
	"math"
	"testing"
	"time"
)

func TestAppend(t *testing.T) {
	tests := []struct {
		name string
		in   Object
		want string
	}{
		{"reference", Ref(12), "12 0 R"},
		{"no reference", Ref(0), "null"},
		{"null", Null{}, "null"},
		{"true", Bool(true), "true"},
		{"negative", Int(-7), "-7"},
		{"whole real", Real(595), "595"},
		{"short real", Real(0.5), "0.5"},
		{"five decimals", Real(1.0 / 3), "0.33333"},
		{"small negative", Real(-0.000001), "0"},
		{"large without exponent", Real(1e21), "1000000000000000000000"},
		{"no number", Real(math.NaN()), "0"},
		{"infinite", Real(math.Inf(-1)), "0"},
		{"name", Name("Lime#20Green 1/2"), "/Lime#2320Green#201#2F2"},
		{"name of bytes", Name("é"), "/#C3#A9"},
		{"literal", String("a(b)c\\d\r\n"), `(a\(b\)c\\d\r\n)`},
		{"hex", Hex{0, 0xAB}, "<00AB>"},
		{"array", Array{Int(1), nil, Name("A")}, "[1 null /A]"},
		{"sorted dictionary", Dict{"Z": Int(1), "A": Int(2), "M": nil}, "<</A 2/Z 1>>"},
		{"raw", Raw("<</A 1>>"), "<</A 1>>"},
		{"rectangle", Rect{0, 0, 595.28, 841.89}, "[0 0 595.28 841.89]"},
		{"plain text", Text("Lee (Seoul)"), `(Lee \(Seoul\))`},
		{"text beyond ASCII", Text("é"), "(\xFE\xFF\x00\xE9)"},
		{"text beyond 16 bits", Text("𝒳"), "(\xFE\xFF\xD8\x35\xDC\xB3)"},
		{"control character as UTF-16", Text("\x18"), "(\xFE\xFF\x00\x18)"},
		{"text that is no UTF-8", Text("\xff"), "(\xFE\xFF\xFF\xFD)"},
		{"date", Date(time.Date(2026, 11, 24, 10, 0, 0, 0, time.FixedZone("", 3600))), "(D:20261124090000Z)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := string(test.in.Append([]byte("x"))); got != "x"+test.want {
				t.Errorf("got %q, want %q", got, "x"+test.want)
			}
		})
	}
}
