package ejm

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"sync"
)

// A document comes as base64 with an escape every 30 to 60 characters: PHP escapes the slash, and may break lines. This file
// takes them away, and sees every byte that EJM sends: it decides how fast documents are read. Where the next escape stands
// is random, and a processor that guesses it wrong loses more time than copying the text takes. So nothing here branches on
// much of the text. Processors with the instructions for it do it a lane at a time (strip_amd64.s); for all others it is done
// on pieces, in two steps: find all backslashes, then copy what lies between them. stripTail says plainly what they all do.
const (
	piece  = 1024 // characters stripped at once
	lane   = 64   // characters looked at at once, and copied at once: most runs between escapes are shorter
	margin = 2 * lane
)

// stripper takes the usual escapes out of base64 text. The zero stripper is ready to use.
type stripper struct {
	places [piece + lane]uint16 // of possible backslashes in a piece
}

// escapes says of a character that stands after a backslash whether the two are an escape that PHP writes into base64, and
// how many characters they stand for: a slash for itself, a line break for none.
var escapes = [256]struct {
	isUsual  bool
	standFor uint8
}{'/': {true, 1}, 'n': {isUsual: true}, 'r': {isUsual: true}}

// kernel is strip for whole lanes of text, up to one that it must stop in. It writes no more lanes than it is given.
type kernel func(stage, text *byte, lanes int) (used, staged int)

// quickest is the quickest kernel of this processor, or nil.
var quickest = sync.OnceValue(func() kernel {
	if all := kernels(); len(all) > 0 {
		return all[0]
	}
	return nil
})

// strip copies base64 text without the usual escapes, up to any other or a quote. It gives the bytes of block it used and those of
// stage it filled; what follows in stage is spoilt.
func (s *stripper) strip(stage, block []byte) (used, staged int) {
	return s.stripBy(quickest(), stage, block)
}

// stripBy is strip by a kernel, or in Go where there is none.
func (s *stripper) stripBy(k kernel, stage, block []byte) (used, staged int) {
	if lanes := min(len(block), len(stage)) / lane; k == nil {
		used, staged = s.stripPieces(stage, block)
	} else if lanes > 0 {
		used, staged = k(&stage[0], &block[0], lanes)
	}
	u, n := stripTail(stage[staged:], block[used:])
	return used + u, staged + n
}

// stripPieces is strip for what is long enough for a piece.
func (s *stripper) stripPieces(stage, block []byte) (used, staged int) {
	for len(block)-used >= piece+margin && len(stage)-staged >= piece+margin {
		text := (*[piece + margin]byte)(block[used:])
		if bytes.IndexByte(text[:], '"') >= 0 {
			break
		}
		u, n := closeUp((*[piece + margin]byte)(stage[staged:]), text, s.find(text))
		used += u
		staged += n
		if u < piece {
			break
		}
	}
	return used, staged
}

// find gives the places of all backslashes of a piece, and of a few other characters that no base64 holds before its end.
func (s *stripper) find(text *[piece + margin]byte) []uint16 {
	n := 0
	for i := 0; i < piece; i += lane {
		found := backslashes((*[lane]byte)(text[i:]))
		places := (*[lane]uint16)(s.places[n:])
		n += bits.OnesCount64(found)
		// More than four are rare. Writing four, be there as many or not, leaves the processor nothing to guess.
		for k := range 4 {
			places[k] = uint16(i + bits.TrailingZeros64(found))
			found &= found - 1
		}
		for k := 4; found != 0; k++ {
			places[k%lane] = uint16(i + bits.TrailingZeros64(found))
			found &= found - 1
		}
	}
	return s.places[:n]
}

// closeUp copies a piece without the escapes at the places found, up to one that is not usual. Of a run it copies a lane's
// length, whatever its own; what is too much is written over by the next.
func closeUp(stage, text *[piece + margin]byte, places []uint16) (used, staged int) {
	for _, place := range places {
		at := int(place)
		if text[at] != '\\' {
			continue
		}
		run := at - used
		copyLane((*[lane]byte)(stage[staged:]), (*[lane]byte)(text[used:]))
		if run > lane {
			copy(stage[staged+lane:], text[used+lane:at])
		}
		staged += run
		next := &escapes[text[at+1]]
		if !next.isUsual {
			return at, staged
		}
		stage[staged] = '/'
		staged += int(next.standFor)
		used = at + 2
	}
	if used < piece {
		staged += copy(stage[staged:], text[used:piece])
		used = piece
	}
	return used, staged
}

func copyLane(to, from *[lane]byte) {
	binary.LittleEndian.PutUint64(to[0:], binary.LittleEndian.Uint64(from[0:]))
	binary.LittleEndian.PutUint64(to[8:], binary.LittleEndian.Uint64(from[8:]))
	binary.LittleEndian.PutUint64(to[16:], binary.LittleEndian.Uint64(from[16:]))
	binary.LittleEndian.PutUint64(to[24:], binary.LittleEndian.Uint64(from[24:]))
	binary.LittleEndian.PutUint64(to[32:], binary.LittleEndian.Uint64(from[32:]))
	binary.LittleEndian.PutUint64(to[40:], binary.LittleEndian.Uint64(from[40:]))
	binary.LittleEndian.PutUint64(to[48:], binary.LittleEndian.Uint64(from[48:]))
	binary.LittleEndian.PutUint64(to[56:], binary.LittleEndian.Uint64(from[56:]))
}

// backslashes gives a bit for each character of a lane that is a backslash, and for some that no base64 has before its end:
// adding 4 turns bit 5 over in a backslash, but in no letter, digit, plus or slash.
func backslashes(text *[lane]byte) uint64 {
	marks := carried(text, 0)>>5 | carried(text, 1)>>4 | carried(text, 2)>>3 | carried(text, 3)>>2 |
		carried(text, 4)>>1 | carried(text, 5) | carried(text, 6)<<1 | carried(text, 7)<<2
	// Bit 8i+k now tells of character 8k+i. Three exchanges put them in order (Hacker's Delight, 7-3).
	swap := (marks ^ marks>>7) & 0x00AA00AA00AA00AA
	marks ^= swap ^ swap<<7
	swap = (marks ^ marks>>14) & 0x0000CCCC0000CCCC
	marks ^= swap ^ swap<<14
	swap = (marks ^ marks>>28) & 0x00000000F0F0F0F0
	return marks ^ swap ^ swap<<28
}

// carried marks in bit 5 of each of eight characters whether adding 4 turns it over.
func carried(text *[lane]byte, word int) uint64 {
	characters := binary.LittleEndian.Uint64(text[8*word:])
	return ((characters + 0x0404040404040404) ^ characters) & 0x2020202020202020
}

// stripTail is strip for what is too short for a lane or a piece.
func stripTail(stage, block []byte) (used, staged int) {
	for used < len(block) {
		character := block[used]
		if character == '"' {
			break
		}
		if character != '\\' {
			stage[staged] = character
			used++
			staged++
			continue
		}
		if used+1 == len(block) || !escapes[block[used+1]].isUsual {
			break
		}
		stage[staged] = '/'
		staged += int(escapes[block[used+1]].standFor)
		used += 2
	}
	return used, staged
}
