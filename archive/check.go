package archive

import (
	"archive/zip"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/ejmx/ejmx/ledger"
)

// maxTag is the size in bytes of the largest tag file that is read: a manifest of a million files is below it.
const maxTag = 512 << 20

// source is a file of a bag, in a zip or a folder.
type source struct {
	size int64
	open func() (io.ReadCloser, error)
}

// checker goes once through a bag and finds everything wrong with it.
type checker struct {
	report   *Report
	files    map[string]source
	encoding string
	tags     map[string]map[string]string // tag manifests, as Report.algorithms
	fetch    map[string]string            // URL by path
	excused  bool                         // a missing file was let pass, so counts may differ
	also     func(name string) io.Writer
	sink     ledger.Sink
}

// checkBag checks a bag whose files are in the order they are best read in.
func checkBag(ctx context.Context, report *Report, files map[string]source, order []string, also func(string) io.Writer, sink ledger.Sink) error {
	report.algorithms = map[string]map[string]string{}
	c := &checker{report: report, files: files, tags: map[string]map[string]string{}, fetch: map[string]string{}, also: also, sink: sink}
	if c.readDeclaration() {
		c.readInfo()
		c.readManifests()
		c.readFetch()
		if err := c.compare(ctx, order); err != nil {
			return err
		}
		c.checkOxum()
	}
	report.sort()
	return nil
}

func (c *checker) text(name string) (string, bool) {
	file, ok := c.files[name]
	if !ok {
		return "", false
	}
	if file.size > maxTag {
		c.report.fault(Malformed, name, "it is too large")
		return "", false
	}
	r, err := file.open()
	if err != nil {
		c.report.fault(Unread, name, err.Error())
		return "", false
	}
	data, err := io.ReadAll(io.LimitReader(r, maxTag))
	_ = r.Close() // it was only read
	if err != nil {
		c.report.fault(Unread, name, err.Error())
		return "", false
	}
	text, err := decodeTag(data, c.encoding)
	if err != nil {
		c.report.fault(Malformed, name, err.Error())
	}
	return text, err == nil
}

func (c *checker) readDeclaration() bool {
	text, ok := c.text("bagit.txt")
	if !ok {
		c.report.fault(Missing, "bagit.txt", "without it this is no bag")
		return false
	}
	version, encoding, err := parseDeclaration(text)
	c.report.Version, c.encoding = version, encoding
	if err != nil {
		c.report.fault(Malformed, "bagit.txt", err.Error())
	}
	return err == nil
}

func (c *checker) readInfo() {
	text, ok := c.text("bag-info.txt")
	if !ok {
		return
	}
	fields, err := parseInfo(text)
	c.report.Info = fields
	if err != nil {
		c.report.fault(Malformed, "bag-info.txt", err.Error())
	}
}

func (c *checker) readManifests() {
	for _, name := range slices.Sorted(maps.Keys(c.files)) {
		stem, isText := strings.CutSuffix(name, ".txt")
		if !isText || strings.Contains(name, "/") {
			continue
		}
		if algorithm, ok := strings.CutPrefix(stem, "manifest-"); ok {
			c.report.algorithms[strings.ToLower(algorithm)] = c.readManifest(name, algorithm, true)
		} else if algorithm, ok := strings.CutPrefix(stem, "tagmanifest-"); ok {
			c.tags[strings.ToLower(algorithm)] = c.readManifest(name, algorithm, false)
		}
	}
	if len(c.report.algorithms) == 0 {
		c.report.fault(Missing, "manifest-sha256.txt", "a bag needs a manifest")
	}
}

func (c *checker) readManifest(name, algorithm string, ofPayload bool) map[string]string {
	entries := map[string]string{}
	newHash, ok := algorithms[strings.ToLower(algorithm)]
	if !ok {
		c.report.fault(Malformed, name, "its checksum is not supported")
		return entries
	}
	text, _ := c.text(name)
	for i, line := range textLines(text) {
		l, err := parseManifestLine(line)
		if err == nil && len(l.digest) != hex.EncodedLen(newHash().Size()) {
			err = fmt.Errorf("a checksum of the wrong length")
		}
		if err != nil {
			c.report.fault(Malformed, name, fmt.Sprintf("line %d: %v", i+1, err))
			continue
		}
		c.enter(name, entries, l, ofPayload)
	}
	return entries
}

// enter puts a line into a manifest's entries, unless it must not be there.
func (c *checker) enter(manifest string, entries map[string]string, l listed, ofPayload bool) {
	if _, ok := c.files[l.path]; !ok {
		l.path = unescapeName(l.path, c.report.Version)
	}
	if l.starred || l.dotted {
		c.report.warn(Malformed, l.path, manifest+" marks the name with * or ./")
	}
	_, exists := c.files[l.path] // what is there was checked to be safe
	if why := unsafeName(l.path); why != "" && !exists {
		c.report.fault(Unsafe, l.path, manifest+" lists it: "+why)
		return
	}
	if ofPayload != strings.HasPrefix(l.path, "data/") {
		c.report.fault(Malformed, l.path, manifest+" must not list it")
		return
	}
	if digest, ok := entries[l.path]; ok && digest != l.digest {
		c.report.fault(Duplicate, l.path, manifest+" lists it with two checksums")
	} else if ok {
		c.report.faultSince10(Duplicate, l.path, manifest+" lists it twice")
	}
	entries[l.path] = l.digest
}

func (c *checker) readFetch() {
	text, _ := c.text("fetch.txt")
	for i, line := range textLines(text) {
		m := fetchLine().FindStringSubmatch(line)
		if m == nil {
			c.report.fault(Malformed, "fetch.txt", fmt.Sprintf("line %d is not an address, a length and a name", i+1))
			continue
		}
		name := strings.TrimPrefix(unescapeName(m[3], c.report.Version), "./")
		if why := unsafeName(name); why != "" || !strings.HasPrefix(name, "data/") {
			c.report.fault(Unsafe, name, "fetch.txt lists it: it is not a name within data")
			continue
		}
		c.fetch[name] = m[1]
	}
}

// compare reads every file once, and what manifests and bag say of each other.
func (c *checker) compare(ctx context.Context, order []string) error {
	found := map[string]string{} // extra payload files, by the first algorithm's digest and name
	for _, name := range order {
		c.sink(ledger.Entry{Stage: ledger.Verify, Item: name, Outcome: ledger.Planned})
	}
	for _, name := range order {
		if err := c.compareFile(ctx, name, found); err != nil {
			return err
		}
		c.sink(ledger.Entry{Stage: ledger.Verify, Item: name, Outcome: ledger.Done, Bytes: c.files[name].size})
	}
	for algorithm, entries := range c.report.algorithms {
		c.findMissing("manifest-"+algorithm+".txt", algorithm, entries, found)
	}
	for algorithm, entries := range c.tags {
		c.findMissing("tagmanifest-"+algorithm+".txt", algorithm, entries, nil)
	}
	return nil
}

func (c *checker) compareFile(ctx context.Context, name string, found map[string]string) error {
	manifests, ofPayload := c.tags, strings.HasPrefix(name, "data/")
	if ofPayload {
		manifests = c.report.algorithms
		c.report.Files++
		c.report.Bytes += c.files[name].size
	}
	digests, err := c.digest(ctx, name, slices.Sorted(maps.Keys(manifests)))
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		c.unread(name, err)
	}
	listedIn := 0
	for algorithm, entries := range manifests {
		want, ok := entries[name]
		if ok {
			listedIn++
		}
		if ok && err == nil && want != digests[algorithm] {
			c.report.fault(Changed, name, fmt.Sprintf("its %s is %s and should be %s", algorithm, digests[algorithm], want))
		}
		if !ok && ofPayload {
			found[algorithm+" "+digests[algorithm]] = name
		}
	}
	c.judgeListing(name, ofPayload, listedIn, len(manifests))
	return nil
}

// unread notes why a file was not read to its end: where a zip's own checksum found it out, its bytes are others.
func (c *checker) unread(name string, err error) {
	if errors.Is(err, zip.ErrChecksum) {
		c.report.fault(Changed, name, "its CRC-32 is not the one in the zip")
		return
	}
	c.report.fault(Unread, name, err.Error())
}

// judgeListing asks of each payload file to be in every manifest (in one before 1.0), and of ejmx's own tag files too.
func (c *checker) judgeListing(name string, ofPayload bool, listedIn, manifests int) {
	switch {
	case listedIn == manifests:
	case ofPayload && listedIn == 0:
		c.report.fault(Extra, name, "no manifest lists it")
	case ofPayload:
		c.report.faultSince10(Extra, name, "not every manifest lists it")
	case c.report.Own() && !strings.HasPrefix(name, "tagmanifest-"):
		c.report.fault(Extra, name, "no manifest lists it")
	case !strings.HasPrefix(name, "tagmanifest-"):
		c.report.warn(Extra, name, "no tag manifest lists it, so nothing proves it")
	}
}

func (c *checker) digest(ctx context.Context, name string, wanted []string) (map[string]string, error) {
	var names []string
	var hashes []hash.Hash
	for _, algorithm := range wanted {
		if newHash, ok := algorithms[algorithm]; ok {
			names, hashes = append(names, algorithm), append(hashes, newHash())
		}
	}
	r, err := c.files[name].open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	in := io.LimitReader(r, c.files[name].size+1)
	if c.also != nil {
		if w := c.also(name); w != nil {
			in = io.TeeReader(in, w)
		}
	}
	size, err := copyHashing(ctx, hashes, in)
	if err != nil {
		return nil, err
	}
	if size != c.files[name].size {
		return nil, fmt.Errorf("it has %d bytes and should have %d", size, c.files[name].size)
	}
	digests := map[string]string{}
	for i, h := range hashes {
		digests[names[i]] = hex.EncodeToString(h.Sum(nil))
	}
	return digests, nil
}

func (c *checker) findMissing(manifest, algorithm string, entries, found map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		if _, ok := c.files[name]; ok {
			continue
		}
		if now, ok := found[algorithm+" "+entries[name]]; ok {
			c.report.fault(Renamed, name, "it is now "+now)
			continue
		}
		if url, ok := c.fetch[name]; ok {
			c.report.fault(Missing, name, "it is still to be fetched from "+url)
			continue
		}
		if c.report.Version != "1.0" && (c.hasTwin(entries, name) || isSystemFile(name)) {
			c.excused = true
			c.report.warn(Missing, name, manifest+" lists it; a system file, or there under another spelling of its name")
			continue
		}
		c.report.fault(Missing, name, manifest+" lists it")
	}
}

// hasTwin reports whether a file that differs only in case or normal form is there and listed with the same checksum:
// the bag passed through a file system that takes both for one.
func (c *checker) hasTwin(entries map[string]string, name string) bool {
	for other, digest := range entries {
		if _, there := c.files[other]; there && digest == entries[name] && foldName(other) == foldName(name) {
			return true
		}
	}
	return false
}

// isSystemFile reports whether an operating system makes and removes the file as it likes.
func isSystemFile(name string) bool {
	return slices.Contains([]string{".DS_Store", "Thumbs.db", "desktop.ini"}, path.Base(name))
}

func (c *checker) checkOxum() {
	value := c.report.Value("Payload-Oxum")
	if value == "" {
		return
	}
	m := oxum().FindStringSubmatch(value)
	if m == nil {
		c.report.fault(Malformed, "bag-info.txt", "Payload-Oxum is not bytes, a dot, files")
		return
	}
	octets, _ := strconv.ParseInt(m[1], 10, 64) // digits enough for an int64, as the pattern has it
	files, _ := strconv.Atoi(m[2])
	if !c.excused && (octets != c.report.Bytes || files != c.report.Files) {
		c.report.fault(Changed, "bag-info.txt",
			fmt.Sprintf("Payload-Oxum is %s and the payload has %d bytes in %d files", value, c.report.Bytes, c.report.Files))
	}
}
