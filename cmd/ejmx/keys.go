package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"golang.org/x/crypto/ssh"
	"golang.org/x/term"

	"github.com/ejmx/ejmx/archive"
)

// passphraseVariable names the file that holds the passphrase, for runs without a terminal.
const passphraseVariable = "EJMX_PASSPHRASE_FILE"

// readers gives those who can open an archive; none when it is not to be encrypted.
func (o *archiveOptions) readers(e *env) ([]age.Recipient, error) {
	if o.passphrase && len(o.recipients) > 0 {
		return nil, &usageError{errors.New("use either --encrypt or --passphrase")}
	}
	if o.passphrase {
		passphrase, err := e.passphrase("Passphrase for the archive: ", "The same once more: ")
		if err != nil {
			return nil, err
		}
		recipient, err := age.NewScryptRecipient(passphrase)
		return []age.Recipient{recipient}, err
	}
	var recipients []age.Recipient
	for _, text := range o.recipients {
		some, err := e.recipients(text)
		if err != nil {
			return nil, &usageError{err}
		}
		recipients = append(recipients, some...)
	}
	return recipients, nil
}

// recipients reads a key, or a file of keys.
func (e *env) recipients(text string) ([]age.Recipient, error) {
	if strings.HasPrefix(text, "age1") || strings.HasPrefix(text, "ssh-") {
		recipient, err := archive.ParseRecipient(text)
		return []age.Recipient{recipient}, err
	}
	file, err := os.Open(e.path(text))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return archive.ParseRecipients(file)
}

// path is a path that a flag or argument names.
func (e *env) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(e.cwd, name)
}

// identities gives what may open an encrypted archive: the keys in a file, or without one the passphrase.
func (e *env) identities(keyFile string) ([]age.Identity, error) {
	if keyFile == "" {
		passphrase, err := e.passphrase("Passphrase of the archive: ")
		if err != nil {
			return nil, err
		}
		identity, err := age.NewScryptIdentity(passphrase)
		return []age.Identity{identity}, err
	}
	data, err := os.ReadFile(e.path(keyFile))
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("-----BEGIN")) {
		identity, err := e.sshIdentity(keyFile, data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", keyFile, err)
		}
		return []age.Identity{identity}, nil
	}
	identities, err := age.ParseIdentities(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", keyFile, err)
	}
	return identities, nil
}

// sshIdentity gives an ssh key, whose own passphrase is asked for if it has one.
func (e *env) sshIdentity(keyFile string, data []byte) (age.Identity, error) {
	identity, err := agessh.ParseIdentity(data)
	var locked *ssh.PassphraseMissingError
	if !errors.As(err, &locked) {
		return identity, err
	}
	if locked.PublicKey == nil {
		return nil, errors.New("this key has a passphrase and does not tell its public key; ssh-keygen -p -f on a copy of it writes it in today's form")
	}
	return agessh.NewEncryptedSSHIdentity(locked.PublicKey, data, func() ([]byte, error) {
		passphrase, err := e.passphrase("Passphrase of the key " + keyFile + ": ")
		return []byte(passphrase), err
	})
}

// passphrase reads the passphrase from the file that the environment names, else asks on the terminal, once with each
// prompt.
func (e *env) passphrase(prompts ...string) (string, error) {
	if name := e.getenv(passphraseVariable); name != "" {
		data, err := os.ReadFile(e.path(name))
		if err != nil {
			return "", err
		}
		line, _, _ := strings.Cut(string(data), "\n")
		return notEmpty(strings.TrimSuffix(line, "\r"))
	}
	terminal, isFile := e.stdin.(*os.File)
	if !isFile || !term.IsTerminal(int(terminal.Fd())) {
		return "", &usageError{errors.New("no terminal to ask for the passphrase: name the file that holds it in " + passphraseVariable)}
	}
	var said string
	for i, prompt := range prompts {
		fmt.Fprint(e.stderr, prompt)
		answer, err := term.ReadPassword(int(terminal.Fd()))
		fmt.Fprintln(e.stderr)
		if err != nil {
			return "", err
		}
		if i > 0 && string(answer) != said {
			return "", errors.New("the two passphrases differ")
		}
		said = string(answer)
	}
	return notEmpty(said)
}

func notEmpty(passphrase string) (string, error) {
	if passphrase == "" {
		return "", &usageError{errors.New("the passphrase is empty")}
	}
	return passphrase, nil
}
