package exporter

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/typeset"
)

// writeCertificate writes the certificate's two files, durably, and gives the register's line about them.
func (d *disposal) writeCertificate(dir *os.Root) (line archive.Line, err error) {
	c := &d.Certificate
	var asJSON, asPDF bytes.Buffer
	if err := c.WriteJSON(&asJSON); err != nil {
		return line, err
	}
	if err := writeCertificatePDF(&asPDF, c); err != nil {
		return line, err
	}
	if err := writeWhole(dir, c.Name+".json", asJSON.Bytes()); err != nil {
		return line, err
	}
	if err := writeWhole(dir, c.Name+".pdf", asPDF.Bytes()); err != nil {
		return line, err
	}
	details := noted{Totals: c.Totals, Digest: c.Digest, PDF: checksumOf(asPDF.Bytes()), Archives: []string{}, Copies: len(c.Remaining)}
	for _, a := range d.Archives {
		details.Archives = append(details.Archives, a.Name)
	}
	line = archive.Line{Time: c.Time, Act: archive.Disposed, Archive: c.Name + ".json", SHA256: checksumOf(asJSON.Bytes()), Outcome: "ok"}
	for _, p := range c.Postings {
		line.Postings = append(line.Postings, p.Posting)
	}
	line.Details, err = json.Marshal(details)
	return line, err
}

func checksumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// The look of the certificate, in points.
const (
	certificateLabels = 118 // the column of labels
	rowGap            = 4
)

var (
	certificateInk    = typeset.Gray(0.12)
	certificatePale   = typeset.Gray(0.42)
	certificateHair   = typeset.Gray(0.82)
	certificateAccent = typeset.Colour{R: 0.10, G: 0.28, B: 0.50}

	certificateName    = typeset.Style{Size: 26, Leading: 34, Bold: true, Colour: certificateInk, Align: typeset.Left}
	certificateLead    = typeset.Style{Size: 12, Leading: 18, Colour: certificateInk, Align: typeset.Left}
	certificateSection = typeset.Style{Size: 9, Leading: 14, Bold: true, Colour: certificateAccent, Align: typeset.Left}
	certificateText    = typeset.Style{Size: 10, Leading: 14.5, Colour: certificateInk, Align: typeset.Left}
	certificateSum     = typeset.Style{Size: 8.5, Leading: 14.5, Colour: certificateInk, Align: typeset.Left}
	certificateLabel   = typeset.Style{Size: 9, Leading: 14.5, Colour: certificatePale, Align: typeset.Left}
	certificateNote    = typeset.Style{Size: 8.5, Leading: 12.5, Colour: certificatePale, Align: typeset.Left}
)

// writeCertificatePDF writes a certificate for people. The same certificate gives the same bytes.
func writeCertificatePDF(out io.Writer, c *archive.Certificate) error {
	about := pdf.Metadata{Title: "Certificate of disposal " + c.Name, Author: c.Organization, Lang: "en", Tool: c.Tool, Date: c.Time}
	return typeset.WriteFlow(out, about, func(flow *typeset.Flow, root *typeset.Element) error {
		pen := &certificatePen{flow: flow, root: root.Add("Sect"), Certificate: c}
		pen.head()
		pen.disposed()
		pen.order()
		pen.remaining()
		pen.proof()
		pen.limits()
		pen.signature()
		return nil
	})
}

// certificatePen draws a certificate from top to bottom.
type certificatePen struct {
	flow *typeset.Flow
	root *typeset.Element
	list *typeset.Element // of the section's rows; nil before the first
	*archive.Certificate
}

func (p *certificatePen) head() {
	if p.Organization != "" {
		p.flow.Paragraph(p.Organization, certificateLabel, p.root.Add("P"))
	}
	p.flow.Space(26)
	p.flow.Paragraph("Certificate of disposal", certificateName, p.root.Add("H1"))
	page, top := p.flow.Take(16)
	page.Artifact(func() { page.Fill((page.Width-p.flow.Column())/2, top-8, 42, 2, certificateAccent) })
	p.flow.Paragraph(p.lead(), certificateLead, p.root.Add("P"))
}

func (p *certificatePen) lead() string {
	postings := "posting"
	if len(p.Postings) > 1 {
		postings = strconv.Itoa(len(p.Postings)) + " postings"
	}
	but := ""
	if len(p.Remaining) > 0 {
		but = ", but for the copies named below"
	}
	return fmt.Sprintf("On %s all that was held of the applications to the %s below was deleted, and it was verified that nothing of it remained in the season's folder%s.",
		p.Time.Format("2 January 2006"), postings, but)
}

func (p *certificatePen) disposed() {
	for _, one := range p.Postings {
		p.section("Posting " + one.Posting)
		p.row("Title", one.Title)
		p.row("Closed", written(one.Closed))
		p.row("Rule", fmt.Sprintf("kept %s from its close; due on %s", spelt(one.Keep), written(one.Due)))
		p.row("Applications", counted(one.Applications, "application"))
	}
	p.section("What was deleted")
	p.row("Documents", counted(p.Totals.Documents, "document")+" of applicants and recommenders, in every version that was held")
	p.row("Records", counted(p.Totals.Applications, "application")+" with applicants' records, answers, interviews and the register of documents, in every snapshot")
	p.row("Exports", counted(p.Totals.Files, "file")+": packets, sites, workbooks, zips, extracted texts and other files made of the documents")
	p.row("Archives", counted(p.Totals.Archives, "archive"))
	p.row("Altogether", grouped(p.Totals.Bytes)+" bytes of documents, files and archives")
	if p.Shared > 0 {
		p.row("Not deleted", counted(p.Shared, "document")+" that the same applicants sent to other postings, which are kept under rules of their own")
	}
}

func (p *certificatePen) order() {
	p.section("By whom, when, and with what")
	if p.By != "" {
		p.row("By order of", p.By)
	}
	p.row("Account", p.Account)
	p.row("Begun", moment(p.Began))
	p.row("Verified", moment(p.Time))
	p.row("Program", p.Tool)
}

func (p *certificatePen) remaining() {
	p.section("Copies that still exist")
	if len(p.Remaining) == 0 {
		p.flow.Paragraph("None that the register or the season knows of.", certificateText, p.root.Add("P"))
		return
	}
	for _, r := range p.Remaining {
		p.proven(map[string]string{"archive": "Archive", "export": "Export"}[r.What], r.Name+"\nin "+r.Place+": "+r.Why, r.SHA256)
	}
}

func (p *certificatePen) proof() {
	p.section("Proof")
	p.row("Certificate", p.Name)
	p.proven("Checksums", fmt.Sprintf("%s of what was deleted are in %s.json; the SHA-256 of their list, one a line in order, is",
		counted(len(p.SHA256), "SHA-256 checksum"), p.Name), p.Digest)
	if p.Previous == "" {
		p.row("Register", "this certificate is the first line of archives/"+registerFile)
		return
	}
	p.proven("Register", "the line before this certificate's in archives/"+registerFile+" has the SHA-256", p.Previous)
}

func (p *certificatePen) limits() {
	text := "Deleted means removed from the file system. Backups, snapshots of the storage and what was sent to others before are outside the program's reach, as are copies that the register does not know."
	if p.NotExamined > 0 {
		text += fmt.Sprintf(" The season's folder held %s put there by people, which the program did not look into.", counted(p.NotExamined, "file"))
	}
	p.flow.Space(12)
	p.flow.Paragraph(text, certificateNote, p.root.Add("P"))
}

// signature draws the line to sign on, in one piece.
func (p *certificatePen) signature() {
	page, top := p.flow.Take(64)
	left, width := (page.Width-p.flow.Column())/2, p.flow.Column()
	half := width/2 - 12
	for i, label := range []string{"Date and place", "Signature"} {
		x := left + float64(i)*(half+24)
		page.Artifact(func() { page.Rule(x, top-46, half, 0.5, certificatePale) })
		page.Tagged(p.root.Add("P"), func() { page.Text(p.flow.Fit(label, certificateNote, half), x, top-58) })
	}
}

func (p *certificatePen) section(title string) {
	p.flow.Space(14)
	p.flow.Heading(title, certificateSection, p.root.Add("H2"))
	p.flow.Rule(0.5, certificateHair)
	p.flow.Space(6)
	p.list = nil
}

// row sets a label, and beside it a text of one or more lines.
func (p *certificatePen) row(label, text string) { p.proven(label, text, "") }

// proven is row with a checksum under the text, where there is one, on a line that it fits on.
func (p *certificatePen) proven(label, text, checksum string) {
	width := p.flow.Column() - certificateLabels
	lines := p.flow.Wrap(text, certificateText, width)
	if checksum != "" {
		lines = append(lines, p.flow.Fit(checksum, certificateSum, width))
	}
	page, top := p.flow.Take(float64(len(lines)) * certificateText.LineHeight())
	left := (page.Width - p.flow.Column()) / 2
	if p.list == nil {
		p.list = p.root.Add("L")
	}
	item := p.list.Add("LI")
	page.Tagged(item.Add("Lbl"), func() {
		page.Text(p.flow.Fit(label, certificateLabel, certificateLabels-10), left, top-certificateText.Baseline())
	})
	page.Tagged(item.Add("LBody"), func() { page.Column(lines, left+certificateLabels, top, width) })
	p.flow.Space(rowGap)
}

func moment(t time.Time) string { return t.Format("2 January 2006, 15:04:05 UTC") }

// written is a day as people write it.
func written(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.Format("2 January 2006")
}

// spelt is a period in words: "2 years".
func spelt(period string) string {
	p, err := archive.ParsePeriod(period)
	if err != nil {
		return period
	}
	unit := map[byte]string{'y': "year", 'm': "month", 'w': "week", 'd': "day"}[period[len(period)-1]]
	n, err := strconv.Atoi(p.String()[:len(period)-1])
	if err != nil {
		return period
	}
	return counted(n, unit)
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return grouped(int64(n)) + " " + what + "s"
}

// grouped writes a number with its thousands apart.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "\u00a0" + text[at:]
	}
	return text
}
