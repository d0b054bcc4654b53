package season

import (
	"math/rand/v2"
	"strings"
)

// name is a person's, as they write it themselves. Any part may be missing.
type name struct{ first, middle, last, country string }

func (n name) full() string {
	return strings.Join(strings.Fields(n.first+" "+n.middle+" "+n.last), " ")
}

// short is what others call them.
func (n name) short() string {
	if n.first != "" {
		return n.first
	}
	return n.last
}

// names are those of the first people of any season, in the scripts that names are written in. The fourth and the
// fourteenth are the same; the ninth has one name only.
var names = []name{
	{"Wilhelmina", "Q.", "Featherstonehaugh-Plum", "GB"},
	{"Ελπινίκη", "", "Αλμυροπούλου", "GR"},
	{"Дарина", "", "Снегоходова", "BG"},
	{"Min-Jung", "", "Haneulgang", "KR"},
	{"קשת", "", "ים-שקדי", "IL"},
	{"ليلى", "", "القمرالبحري", "MA"},
	{"林语桐", "", "潮汐", "CN"},
	{"Þórgunnur", "", "Skýjadóttir", "IS"},
	{"", "", "Suryalaut", "ID"},
	{"अनन्या", "", "वनसागर", "IN"},
	{"하늘", "", "물결", "KR"},
	{"小波", "", "潮風野", "JP"},
	{"Żelisława", "", "Źdźbłowska", "PL"},
	{"Min-Jung", "", "Haneulgang", "KR"},
	{"Nguyệt", "Thị", "Mâysóng", "VN"},
	{"Ulf-Åke", "", "Måsskärsvik", "SE"},
	{"Adaeze", "", "Okwumiri", "NG"},
	{"Çağlasu", "", "Denizgüneş", "TR"},
	{"Inácio", "da", "Maré-Bravía", "PT"},
	{"Тихомир", "", "Гаваненко", "UA"},
	{"Oisín", "", "Ó Faoileáin-Mór", "IE"},
	{"Ģertrūde", "", "Jūrasputa", "LV"},
	{"Makani", "", "Nalukahiko", "US"},
	{"Zdeněk", "", "Přílivský", "CZ"},
}

// The parts of the names of everybody else.
var (
	firstNames = []string{
		"Aurelio", "Brigitta", "Casimir", "Despina", "Eluned", "Florian", "Ginevra", "Hjalmar", "Ibtihal", "Jocasta", "Kwabena", "Liudmila",
		"Morwenna", "Nikhil", "Ottilie", "Peregrine", "Quirin", "Rosamund", "Severin", "Tatsuki", "Ursula", "Valdemar", "Wanjiku", "Ximena",
		"Yevhen", "Zuleika", "Anselm", "Beatrix", "Cosmo", "Delphine",
	}
	lastNames = []string{
		"Tidewater", "Quillfeather", "Halvgård", "Meeresblick", "Onderwater", "Saltmarsh", "Brimblecombe-Oyelaran", "Vågskvulp", "Lagunari",
		"Campodimare", "Gullsworth", "Strandhafer", "Pontevelho", "Foghorn", "Havsbris", "Kelpman", "Rivabella-Nkemdirim", "Seetang",
		"Duinzand", "Ostrander-Mbeki", "Wellenreuther-Zhou", "Driftwood", "Kaikoura", "Estuario", "Limpet", "Muschelkalk", "Archipelago",
		"Leuchtturm", "Bajamar", "Undertow",
	}
)

// nameOf gives the n-th person a name.
func nameOf(n int, rng *rand.Rand) name {
	if n < len(names) {
		return names[n]
	}
	return name{first: pick(rng, firstNames), last: pick(rng, lastNames), country: pick(rng, names).country}
}

func writerName(rng *rand.Rand) name {
	return name{first: pick(rng, firstNames), last: pick(rng, lastNames)}
}

// university is where people study and write letters.
type university struct {
	name, place, domain       string
	officerFirst, officerLast string
	hue                       [3]float64 // of its letterhead
}

var universities = []university{
	{"University of Port Anselm", "Port Anselm", "portanselm.example.edu", "Cosmo", "Gullsworth", [3]float64{0.05, 0.2, 0.4}},
	{"Universität Hohenwalde", "Hohenwalde", "hohenwalde.example.org", "Ottilie", "Strandhafer", [3]float64{0.1, 0.35, 0.2}},
	{"École des Hautes Études du Lac", "Bord-du-Lac", "ehel.example.org", "Delphine", "Rivabella", [3]float64{0.45, 0.1, 0.15}},
	{"Πανεπιστήμιο Αλμυρών Νήσων", "Αλμυρή", "almyra.example.org", "Despina", "Campodimare", [3]float64{0, 0.35, 0.6}},
	{"Institute for Advanced Puddles", "Little Dampshire", "puddles.example.ac", "Peregrine", "Limpet", [3]float64{0.2, 0.3, 0.35}},
	{"潮見経済大学", "潮見", "shiomi.example.ac", "Tatsuki", "Kaikoura", [3]float64{0.5, 0.05, 0.1}},
	{"Universidad de la Bajamar", "Bajamar", "bajamar.example.org", "Ximena", "Estuario", [3]float64{0.6, 0.3, 0}},
	{"Kråkstrand Handelshøyskole", "Kråkstrand", "krakstrand.example.org", "Hjalmar", "Vågskvulp", [3]float64{0.25, 0.1, 0.4}},
	{"Tidal State University", "Ebb City", "tidalstate.example.edu", "Beatrix", "Undertow", [3]float64{0, 0.3, 0.3}},
	{"Lagoon College of Commerce", "Upper Lagoon", "lagooncc.example.edu", "Kwabena", "Lagunari", [3]float64{0.3, 0.2, 0.05}},
}
