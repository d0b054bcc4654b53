package season

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math"
	"math/rand/v2"
	"sync"
)

// plates are the pictures that a season's papers share: maps of light at night, as satellites see it.
type plates struct {
	pictures [6]func() []byte
}

const (
	plateWidth  = 1500
	plateHeight = 920
)

func newPlates(seed uint64) *plates {
	p := &plates{}
	for i := range p.pictures {
		p.pictures[i] = sync.OnceValue(func() []byte {
			return nightMap(rand.New(rand.NewPCG(seed, uint64(i))))
		})
	}
	return p
}

// plate gives the n-th picture as a JPEG, made when it is first asked for.
func (p *plates) plate(n int) (data []byte, width, height int) {
	return p.pictures[n%len(p.pictures)](), plateWidth, plateHeight
}

// nightMap draws a coast, its hinterland, and the lights of its towns.
func nightMap(rng *rand.Rand) []byte {
	picture := image.NewRGBA(image.Rect(0, 0, plateWidth, plateHeight))
	phase := [4]float64{rng.Float64() * 7, rng.Float64() * 7, rng.Float64() * 7, rng.Float64() * 7}
	var coast [plateWidth]float64
	for x := range coast {
		t := float64(x) / plateWidth * math.Pi
		coast[x] = plateHeight * (0.55 + 0.14*math.Sin(2*t+phase[0]) + 0.06*math.Sin(7*t+phase[1]) + 0.02*math.Sin(23*t+phase[2]))
	}
	for y := range plateHeight {
		for x := range plateWidth {
			grain := rng.IntN(26)
			if float64(y) > coast[x] {
				setPixel(picture, x, y, 8+grain/3, 18+grain/2, 44+grain)
			} else {
				setPixel(picture, x, y, 24+grain, 30+grain, 26+grain/2)
			}
		}
	}
	for range 70 {
		x := rng.IntN(plateWidth)
		y := int(coast[x]) - 4 - int(rng.ExpFloat64()*60)
		shine(picture, x, y, 3+rng.ExpFloat64()*9)
	}
	var out bytes.Buffer
	_ = jpeg.Encode(&out, picture, &jpeg.Options{Quality: 88}) // a bytes.Buffer takes everything
	return out.Bytes()
}

func setPixel(picture *image.RGBA, x, y, r, g, b int) {
	at := picture.PixOffset(x, y)
	copy(picture.Pix[at:at+4], []byte{uint8(r), uint8(g), uint8(b), 255})
}

// shine adds the glow of a town.
func shine(picture *image.RGBA, x, y int, size float64) {
	reach := int(size * 3)
	for dy := -reach; dy <= reach; dy++ {
		for dx := -reach; dx <= reach; dx++ {
			at := image.Pt(x+dx, y+dy)
			if !at.In(picture.Rect) {
				continue
			}
			glow := math.Exp(-float64(dx*dx+dy*dy) / (size * size))
			c := picture.RGBAAt(at.X, at.Y)
			picture.SetRGBA(at.X, at.Y, color.RGBA{brighter(c.R, 240*glow), brighter(c.G, 205*glow), brighter(c.B, 120*glow), 255})
		}
	}
}

func brighter(c uint8, by float64) uint8 { return uint8(min(255, float64(c)+by)) }

// photograph is of a lighthouse. Nobody's face is needed.
type photograph struct{}

func (photograph) print(out io.Writer, _ *world, rng *rand.Rand) error {
	const width, height = 600, 800
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			sky := float64(y) / height
			grain := rng.IntN(6)
			setPixel(picture, x, y, int(60+150*sky)+grain, int(90+90*sky)+grain, int(160-40*sky)+grain)
			if wave := 600 + 8*math.Sin(float64(x)/37+float64(y)/11); float64(y) > wave {
				setPixel(picture, x, y, 24+grain, 62+grain, 92+grain)
			}
			if tower := 34 + float64(y-220)/14; y > 220 && y < 640 && math.Abs(float64(x-300)) < tower {
				if (y-220)/70%2 == 0 {
					setPixel(picture, x, y, 238-grain, 236-grain, 228-grain)
				} else {
					setPixel(picture, x, y, 188-grain, 44+grain, 40+grain)
				}
			}
		}
	}
	shine(picture, 300, 200, 46)
	return jpeg.Encode(out, picture, &jpeg.Options{Quality: 90})
}
