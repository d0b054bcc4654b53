package season

import "fmt"

// paper is what a job-market paper is about.
type paper struct {
	title   string
	field   string
	subject string // what is studied, in the plural: "umbrellas"
	place   string // where: "a harbour town"
	outcome string // what it does something to: "the price of bread"
	shock   string // by what we know: "a storm that closed the bridge"
}

var fields = []string{
	"Microeconomics", "Macroeconomics", "Econometrics", "Public Economics", "Labor; Demographic Economics", "Industrial Organization",
	"Environmental; Ag. Econ.", "Economic History", "International Trade", "Behavioral Economics", "Urban; Rural; Regional Economics", "Finance",
}

var papers = []paper{
	{"Do Lighthouses Pay? Public Goods on a Foggy Coast", fields[3], "lighthouses", "a coast of forty harbours", "shipping fees", "a fog that lasted nine weeks"},
	{"Sticky Prices, Stickier Buns: Menu Costs in 312 Bakeries", fields[1], "bakeries", "three market towns", "the price of buns", "a strike of the sign painters"},
	{"The Price of Waiting: Queues, Umbrellas and the Supply of Rain", fields[0], "umbrella sellers", "a city with two seasons", "queues", "a wrong weather forecast"},
	{"Who Feeds the Ducks? Voluntary Contributions in City Parks", fields[3], "park visitors", "eleven city parks", "bread per duck", "a ban on bread"},
	{"Ferries and Firms: Market Access When the Bridge Is Closed", fields[8], "ferries", "an archipelago", "the size of firms", "a storm that closed the bridge"},
	{"Robust Inference with Very Few Islands", fields[2], "estimators", "simulated archipelagos", "rejection rates", "a random draw of coastlines"},
	{"Second-Hand Sails: Adverse Selection in the Market for Boats", fields[5], "used boats", "a marina", "asking prices", "a law on disclosure"},
	{"Left Unread: Inattention and the Small Print of Library Cards", fields[9], "library cards", "a county's libraries", "late fees", "a change of the font"},
	{"Three Hundred Years of Herring: Prices, Tides and the Calendar", fields[7], "herring sales", "the port books of nine towns", "seasonal prices", "a reform of the calendar"},
	{"Night Shifts and Streetlights: Labor Supply in the Dark", fields[4], "night workers", "a city lit district by district", "hours worked", "the order in which lamps were put up"},
	{"The Long Shadow of Short Piers", fields[10], "piers", "small harbour towns", "land prices a century on", "the length of the engineer's rope"},
	{"Seaweed Futures", fields[11], "seaweed contracts", "a commodity exchange", "hedging", "a bloom nobody predicted"},
	{"Commons on the Ice: Property Rights That Melt", fields[6], "fishing holes", "a lake that freezes", "catches", "early thaws"},
	{"Gulls and Chips: Predation as a Tax", fields[0], "food stalls", "a sea front", "portions", "the arrival of a nesting colony"},
	{"Bells, Clocks and the Demand for Punctuality", fields[7], "tower clocks", "ninety parishes", "lateness", "lightning strikes"},
	{"Tariffs on Fog", fields[8], "fog imports", "two neighbouring valleys", "clear days", "a treaty"},
}

// paperOf is the n-th person's paper.
func paperOf(n int) paper {
	p := papers[n%len(papers)]
	if again := n / len(papers); again > 0 {
		p.title = fmt.Sprintf("%s (%s)", p.title, sequels[again%len(sequels)])
	}
	return p
}

var sequels = []string{"Revisited", "A Comment", "New Evidence", "A Second Look", "With a View to Policy", "Reconsidered"}

var adTitles = []string{
	"Assistant Professor of Economics (any field)", "Postdoctoral Fellow in the Economics of Islands", "Lecturer in Econometrics",
}

var adTexts = []string{
	"<p>The Department of Economics at the <b>University of Port Anselm</b> invites applications for a tenure-track position. We care about good questions &amp; honest answers, in any field.</p><ul><li>Two courses a year</li><li>A view of the harbour</li></ul>",
	"<p>A fellowship of three years for work on <i>islands, ferries and markets that are hard to reach</i>. No teaching; some rowing.</p>",
	"<p>We look for someone who teaches econometrics as if it mattered. It does.</p>",
}
