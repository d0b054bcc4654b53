package foreign

import (
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// unpredicted takes PNG's prediction (7.4.4.4) back, where a stream's parameters say that it has one, of rows of single
// bytes: those that cross-reference and object streams have. It changes data.
func unpredicted(data []byte, parameters types.Object) ([]byte, error) {
	if parameters == nil {
		return data, nil
	}
	d, ok := parameters.(types.Dict)
	if !ok || !isOrAbsent(d["Colors"], 1) || !isOrAbsent(d["BitsPerComponent"], 8) {
		return nil, errOdd
	}
	predictor, _ := d["Predictor"].(types.Integer)
	columns, _ := d["Columns"].(types.Integer)
	switch {
	case predictor == 0, predictor == 1:
		return data, nil
	case predictor < 10, predictor > 15, columns < 1, columns > 64, len(data)%int(columns+1) != 0:
		return nil, errOdd
	}
	return unfiltered(data, int(columns))
}

func isOrAbsent(o types.Object, want types.Integer) bool { return o == nil || o == want }

// unfiltered undoes PNG's filters (Portable Network Graphics, 9.2) of rows whose first byte says which filter it is.
func unfiltered(data []byte, columns int) ([]byte, error) {
	above := make([]byte, columns)
	plain := data[:0] // a row is written where none is left to be read
	for ; len(data) > 0; data = data[columns+1:] {
		row := data[1 : columns+1]
		for i := range row {
			var left, corner byte
			if i > 0 {
				left, corner = row[i-1], above[i-1]
			}
			switch data[0] {
			case 0:
			case 1:
				row[i] += left
			case 2:
				row[i] += above[i]
			case 3:
				row[i] += byte((int(left) + int(above[i])) / 2)
			case 4:
				row[i] += paeth(left, above[i], corner)
			default:
				return nil, errOdd
			}
		}
		plain = append(plain, row...)
		above = plain[len(plain)-columns:]
	}
	return plain, nil
}

// paeth gives the neighbour that is nearest to left + above - corner.
func paeth(left, above, corner byte) byte {
	estimate := int(left) + int(above) - int(corner)
	toLeft, toAbove, toCorner := distance(estimate, left), distance(estimate, above), distance(estimate, corner)
	switch {
	case toLeft <= toAbove && toLeft <= toCorner:
		return left
	case toAbove <= toCorner:
		return above
	}
	return corner
}

func distance(a int, b byte) int { return max(a-int(b), int(b)-a) }
