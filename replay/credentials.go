package replay

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
)

// Credentials are a client key and its secret, as EJM's set-up page makes them.
type Credentials struct {
	Key    string `json:"client_key"`
	Secret string `json:"client_secret"`
}

// NewCredentials makes up a key and a secret that nobody can guess.
func NewCredentials() Credentials {
	return Credentials{Key: "ejmx-" + rand.Text()[:12], Secret: rand.Text() + rand.Text()}
}

// shortestSecret is how many characters a secret must have: fewer could be found by trying.
const shortestSecret = 16

// maxCredentials is how large a file of credentials may be, in bytes.
const maxCredentials = 64 << 10

// ReadCredentials reads credentials from a JSON object with client_key and client_secret, such as `ejmx serve --json`
// prints. Other keys in it are passed over.
func ReadCredentials(r io.Reader) (Credentials, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxCredentials+1))
	if err != nil {
		return Credentials{}, err
	}
	if len(data) > maxCredentials {
		return Credentials{}, errors.New("this is too large to be a file of credentials")
	}
	var c Credentials
	if err := json.Unmarshal(data, &c); err != nil {
		return Credentials{}, errors.New(`expected {"client_key": "…", "client_secret": "…"}`) // not the text: it may hold the secret
	}
	switch {
	case c.Key == "":
		return Credentials{}, errors.New("client_key is missing")
	case len(c.Secret) < shortestSecret:
		return Credentials{}, fmt.Errorf("client_secret must have at least %d characters", shortestSecret)
	}
	return c, nil
}

// ReadCredentialsFile reads credentials from a file that nobody but its owner may read.
func ReadCredentialsFile(name string) (Credentials, error) {
	file, err := os.Open(name)
	if err != nil {
		return Credentials{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return Credentials{}, err
	}
	if open := info.Mode().Perm() & 0o077; open != 0 && runtime.GOOS != "windows" { // Windows shows no such modes
		return Credentials{}, fmt.Errorf("%s can be read by others: make it yours alone with chmod 600", name)
	}
	c, err := ReadCredentials(file)
	if err != nil {
		return Credentials{}, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}

// accept reports whether a key and secret are these, in a time that tells nothing about either.
func (c Credentials) accept(key, secret string) bool {
	return same(c.Key, key)&same(c.Secret, secret) == 1
}

// same compares two texts in a time that depends on neither.
func same(a, b string) int {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:])
}
