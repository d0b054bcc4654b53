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
	last  int // the sentence before, which is not said twice in a row
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
	"Our estimates imply that a policy of leaving {S} alone would have cost nothing.",
}

func (p *prose) sentence() string {
	n := p.rng.IntN(len(sentences))
	if n == p.last {
		n = (n + 1) % len(sentences)
	}
	p.last = n
	return strings.NewReplacer(
		"{S}", p.paper.subject, "{P}", p.paper.place, "{O}", p.paper.outcome, "{X}", p.paper.shock,
		"{N}", fmt.Sprint(12+p.rng.IntN(880)), "{C}", fmt.Sprintf("%.1f", 1+p.rng.Float64()*18),
	).Replace(sentences[n])
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
