package archive

import (
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
)

// Encrypt gives a writer whose bytes reach w encrypted (age-encryption.org/v1), for the recipients alone, in constant
// memory. The file is whole only after Close, which leaves w open.
func Encrypt(w io.Writer, recipients ...age.Recipient) (io.WriteCloser, error) {
	out, err := age.Encrypt(w, recipients...)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	return out, nil
}

// ParseRecipient reads one recipient: an age1… key or an ssh-ed25519 or ssh-rsa public key.
func ParseRecipient(text string) (age.Recipient, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "ssh-") {
		r, err := agessh.ParseRecipient(text)
		if err != nil {
			return nil, fmt.Errorf("encrypt: recipient %q: %w", text, err)
		}
		return r, nil
	}
	parsed, err := age.ParseRecipients(strings.NewReader(text))
	if err != nil || len(parsed) != 1 {
		return nil, fmt.Errorf("encrypt: %q is not a recipient: age1… or an ssh public key is", text)
	}
	return parsed[0], nil
}

// ParseRecipients reads a file of recipients, one a line; empty lines and those that begin with # are passed over.
func ParseRecipients(r io.Reader) ([]age.Recipient, error) {
	text, err := io.ReadAll(io.LimitReader(r, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	var recipients []age.Recipient
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		recipient, err := ParseRecipient(line)
		if err != nil {
			return nil, err
		}
		recipients = append(recipients, recipient)
	}
	if len(recipients) == 0 {
		return nil, fmt.Errorf("encrypt: the file names no recipient")
	}
	return recipients, nil
}
