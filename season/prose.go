package season

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// prose writes sentences about a paper's subject.
type prose struct {
	paper paper
	rng   *rand.Rand
	deck  []int // sentences not said yet; when all are, they are shuffled again
}

// sentences have {S} for the subject, {P} for the place, {O} for the outcome, {X} for the shock, {N} for a number, {C} for
// a per cent.
var sentences = []string{
	"We study {S} in {P}, where records of {O} survive for {N} months.",
	"The effect of {X} on {O} is {C} per cent, and it lasts.",
	"Economists have long suspected that {S} matter for {O}; until now nobody had counted them.",
	"Identification comes from {X}, which nobody in {P} could foresee.",
	"One may worry that {S} respond to {O} rather than the other way round. The timing of {X} rules this out.",
	"Before {X}, treated and untreated {S} moved in parallel; after it they part within {N} days.",
	"The coefficient is stable across {N} specifications, including those suggested by a sceptical seminar.",
	"A back-of-the-envelope calculation, on a large envelope, puts the loss in welfare at {C} per cent of income.",
	"We digitised {N} pages of ledgers, of which the damp had spared all but eleven.",
	"In the model, {S} choose quantities first and regret them later.",
	"Proposition 2 shows that an equilibrium exists and, in a calm sea, is unique.",
	"Standard errors are clustered by parish; with few parishes we report the wild bootstrap as well.",
	"The elasticity of {O} with respect to {S} lies between one half and two thirds.",
	"Heterogeneity is instructive: the effect is largest where {S} were rarest.",
	"Placebo tests on the price of candles, which should not move, find that it does not move.",
	"None of this would surprise the people of {P}, who told us so at length.",
	"The result survives dropping any one year, any one harbour, and the author's favourite observation.",
	"A reader in a hurry may turn to Figure 1, which contains the paper.",
	"We take this as evidence that {O} carry information which {S} cannot ignore.",
	"Of {N} firms in the sample, {C} per cent report no change; their accountants report otherwise.",
	"The literature on {S} goes back further than one thinks, though not in this direction.",
	"Measurement error, of which there is plenty, works against us: the true effect on {O} is if anything larger.",
	"Two features of {P} make it a good place to look: everybody keeps records, and nobody reads them.",
	"An instrument must be relevant and excluded. {X}, we submit, is both.",
	"The first stage has an F-statistic of {N}, which we report with a certain pride.",
	"Where {S} are few, each counts; where they are many, they seem to count each other.",
	"We preregistered this analysis and then, like everybody, thought of something better, which is in the appendix.",
	"The mechanism is simple. When {S} change, expectations of {O} change first, and prices follow on Thursday.",
	"A survey of {N} residents finds that {C} per cent understood the question.",
	"Our preferred estimate uses all the data; the estimate preferred by our referees uses half of them, and agrees.",
	"Historians have described {X} in detail but, sensibly, without a control group.",
	"Figure 2 plots {O} against the density of {S}; the line is fitted, the points are not.",
	"In dollars of 2025 the gain comes to {N} a head and year, or about two ferry tickets.",
	"We cannot exclude that {S} elsewhere behave differently. We have been elsewhere, and they do not.",
	"Taking the model to the data, we match {N} moments with five parameters and no shame.",
	"The identifying assumption would fail if {X} had been announced. It was announced in Latin.",
	"An event study shows nothing before, something after, and wide intervals throughout.",
	"Spillovers to neighbouring parishes are positive and decline with distance, except uphill.",
	"Removing the {N} largest observations changes the second decimal, and nobody's mind.",
	"Our estimates imply that a policy of leaving {S} alone would have cost nothing.",
}

func (p *prose) sentence() string {
	if len(p.deck) == 0 {
		p.deck = p.rng.Perm(len(sentences))
	}
	n := p.deck[0]
	p.deck = p.deck[1:]
	text := strings.NewReplacer(
		"{S}", p.paper.subject, "{P}", p.paper.place, "{O}", p.paper.outcome, "{X}", p.paper.shock,
		"{N}", fmt.Sprint(12+p.rng.IntN(880)), "{C}", fmt.Sprintf("%.1f", 1+p.rng.Float64()*18),
	).Replace(sentences[n])
	return strings.ToUpper(text[:1]) + text[1:]
}

// paragraph is so many sentences.
func (p *prose) paragraph(sentences int) string {
	var b strings.Builder
	for i := range sentences {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(p.sentence())
	}
	return b.String()
}
