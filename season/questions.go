package season

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ejmx/ejmx/ejm"
)

// question is one that a posting asks by itself.
type question struct {
	id           ejm.ID
	text         string
	sort         string // EJM's type_id
	instructions string
	choices      []string
}

// answer is what one applicant said, as EJM has it.
type answer struct {
	question   question
	order      int
	response   string
	responseID ejm.ID
	text       string
}

// advertise puts up the postings.
func (w *world) advertise() {
	for n := range w.options.Postings {
		title, text := "Assistant Professor of "+fields[n%len(fields)], adTexts[n%len(adTexts)]
		if n < len(adTitles) {
			title = adTitles[n]
		}
		id := ejm.ID(9012 + n)
		w.postings = append(w.postings, &posting{id: id, title: title, text: text, questions: questionsOf(id)})
	}
}

func questionsOf(posting ejm.ID) []question {
	id := 16000 + 10*posting%9000
	return []question{
		{id, "When could you begin?", "text", "A month and a year will do.", []string{"September 2027", "August 2027", "As soon as the tide allows", "Right after my defence, in June 2027"}},
		{id + 1, "Which of these courses would you like to teach?", "check-boxes", "Choose any number.", []string{"Microeconomics I", "Econometrics", "History of Economic Thought", "Economics of the Sea"}},
		{id + 2, "Are you attending the winter meeting in person?", "radio", "", []string{"Yes", "No", "Online"}},
		{id + 3, "How did you hear of this position?", "multiple-choice", "", []string{"From EJM", "From my adviser", "From a gull"}},
	}
}

// answer makes up what an applicant says. Check-boxes come as several entries with the question's id, or one whose response
// is a JSON text; EJM has both.
func (w *world) answer(q question) []answer {
	a := answer{question: q, order: int(q.id % 10), responseID: take(&w.next.response)}
	n := w.rng.IntN(len(q.choices))
	choice := func(n int) string { return strconv.Itoa(int(q.id)*10 + n) }
	switch {
	case q.sort == "text":
		a.response, a.text = q.choices[n], q.choices[n]
		return []answer{a}
	case q.sort != "check-boxes":
		a.response, a.text = choice(n), q.choices[n]
		return []answer{a}
	case w.rng.IntN(2) == 0:
		second := (n + 1) % len(q.choices)
		a.response = fmt.Sprintf(`{"%s":"1","%s":"1"}`, choice(n), choice(second))
		a.text = strings.Join([]string{q.choices[n], q.choices[second]}, ", ")
		return []answer{a}
	}
	b := a
	b.responseID = take(&w.next.response)
	a.response, a.text = fmt.Sprintf(`{"%s":"1"}`, choice(n)), q.choices[n]
	n = (n + 2) % len(q.choices)
	b.response, b.text = fmt.Sprintf(`{"%s":"1"}`, choice(n)), q.choices[n]
	return []answer{a, b}
}
