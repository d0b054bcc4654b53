package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/ejmx/ejmx/ejm"
)

// credentials are what EJM lets an organisation in with: a client key and secret, or an access token.
type credentials struct {
	Key    string `json:"client_key,omitempty"`
	Secret string `json:"client_secret,omitempty"`
	Token  string `json:"access_token,omitempty"`

	from source
}

// source is a place that credentials come from, in words for people.
type source string

// The places, in the order in which they are asked. The first that has something is taken.
const (
	fromEnvironment source = "the environment"
	fromSystemd     source = "the folder of credentials that the service manager made"
	fromKeychain    source = "the system's keychain"
	fromFile        source = "the file of credentials"
	typedIn         source = "what was typed"
)

// Names of the files in the folder that $CREDENTIALS_DIRECTORY names: systemd's LoadCredential= makes it, and a
// container's mounted secrets look the same.
const (
	systemdKey    = "ejmx-client-key"
	systemdSecret = "ejmx-client-secret"
	systemdToken  = "ejmx-token"
)

// present reports whether there are credentials at all.
func (c credentials) present() bool { return c.Token != "" || c.Key != "" && c.Secret != "" }

// what names them for people, without showing any.
func (c credentials) what() string {
	if c.Token != "" {
		return "an access token"
	}
	return "a client key and secret"
}

// account is the name that credentials are kept under: EJM's address, and the settings' own name where this computer knows
// several organisations.
func (s *settings) account() string {
	api := strings.TrimRight(s.api, "/")
	if s.accountName == "" {
		return api
	}
	return s.accountName + "@" + api
}

// credentials finds what lets ejmx in. The zero credentials, without an error, say that there is nothing anywhere.
func (e *env) credentials(s *settings) (credentials, error) {
	for _, find := range []func() (credentials, error){
		e.environmentCredentials,
		e.systemdCredentials,
		func() (credentials, error) { return e.keptCredentials(s.account()) },
	} {
		c, err := find()
		if err != nil || c.present() {
			e.redact(c)
			return c, err
		}
	}
	return credentials{}, nil
}

func (e *env) environmentCredentials() (credentials, error) {
	c := credentials{
		Key: e.getenv("EJMX_CLIENT_KEY"), Secret: e.getenv("EJMX_CLIENT_SECRET"), Token: e.getenv("EJMX_TOKEN"), from: fromEnvironment,
	}
	return c, c.checkHalves("EJMX_CLIENT_KEY", "EJMX_CLIENT_SECRET")
}

// checkHalves finds a key without its secret, or the other way round.
func (c credentials) checkHalves(key, secret string) error {
	switch {
	case c.Token != "" || (c.Key == "") == (c.Secret == ""):
		return nil
	case c.Key == "":
		return &usageError{fmt.Errorf("there is %s but no %s", secret, key)}
	}
	return &usageError{fmt.Errorf("there is %s but no %s", key, secret)}
}

func (e *env) systemdCredentials() (credentials, error) {
	dir := e.getenv("CREDENTIALS_DIRECTORY")
	if dir == "" {
		return credentials{}, nil
	}
	c := credentials{from: fromSystemd}
	for name, to := range map[string]*string{systemdKey: &c.Key, systemdSecret: &c.Secret, systemdToken: &c.Token} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return credentials{}, err
		}
		*to = strings.TrimSpace(string(data))
	}
	return c, c.checkHalves(systemdKey, systemdSecret)
}

// keptCredentials gives what setup stored, in the keychain or in the file. A keychain that cannot be asked is an error only
// where the file has nothing either.
func (e *env) keptCredentials(account string) (credentials, error) {
	text, keychainErr := e.keychain.get(account)
	if keychainErr == nil {
		c := credentials{from: fromKeychain}
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			return credentials{}, errors.New("what the keychain has under ejmx cannot be read: run ejmx setup again")
		}
		return c, nil
	}
	kept, err := e.readKeptFile()
	if err != nil {
		return credentials{}, err
	}
	c := kept[account]
	c.from = fromFile
	return c, nil
}

// keep stores credentials for an account, in the keychain or in the file, and gives the place. What the other place had
// for the account goes.
func (e *env) keep(account string, c credentials, where storage) (source, error) {
	if where != storeInFile {
		text, err := json.Marshal(c)
		if err != nil {
			return "", err
		}
		err = e.keychain.set(account, string(text))
		if err == nil {
			_, err = e.removeKept(account)
			return fromKeychain, err
		}
		if where == storeInKeychain {
			return "", err
		}
	}
	kept, err := e.readKeptFile()
	if err != nil {
		return "", err
	}
	kept[account] = c
	if err := e.writeKeptFile(kept); err != nil {
		return "", err
	}
	if err := e.keychain.remove(account); err != nil && !errors.Is(err, errNotKept) && !errors.Is(err, errNoKeychain) {
		return "", err
	}
	return fromFile, nil
}

// forget removes what is kept for an account, wherever it is, and reports whether anything was.
func (e *env) forget(account string) (found bool, err error) {
	err = e.keychain.remove(account)
	switch {
	case err == nil:
		found = true
	case !errors.Is(err, errNotKept) && !errors.Is(err, errNoKeychain):
		return false, err
	}
	inFile, err := e.removeKept(account)
	return found || inFile, err
}

// removeKept takes an account out of the file, and reports whether it was there.
func (e *env) removeKept(account string) (found bool, err error) {
	kept, err := e.readKeptFile()
	if err != nil {
		return false, err
	}
	if _, found = kept[account]; !found {
		return false, nil
	}
	delete(kept, account)
	return true, e.writeKeptFile(kept)
}

// keptFile is the path of the file of credentials, in the user's own folder of settings: seasons are copied and shared.
func (e *env) keptFile() string { return filepath.Join(e.config, "credentials.json") }

// readKeptFile gives what the file holds, by account. A file that others can read is not taken: what is in it may be known
// to them already.
func (e *env) readKeptFile() (map[string]credentials, error) {
	kept := map[string]credentials{}
	info, err := os.Stat(e.keptFile())
	if errors.Is(err, fs.ErrNotExist) {
		return kept, nil
	}
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" { // Windows shows no such modes
		return nil, &openFileError{e.keptFile()}
	}
	data, err := os.ReadFile(e.keptFile())
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &kept); err != nil {
		return nil, fmt.Errorf("%s cannot be read: delete it and run ejmx setup again", e.keptFile())
	}
	return kept, nil
}

// openFileError says that a file with secrets can be read by others.
type openFileError struct{ name string }

func (e *openFileError) Error() string { return e.name + " can be read by others" }

// Hint says what to do about it.
func (e *openFileError) Hint() string {
	return "make it yours alone with chmod 600 " + e.name + "; if others use this computer, make a new client secret on EJM's API set-up page"
}

// writeKeptFile puts the file in place, for its owner's eyes alone; without accounts there is no file.
func (e *env) writeKeptFile(kept map[string]credentials) error {
	if len(kept) == 0 {
		return os.Remove(e.keptFile())
	}
	data, err := json.MarshalIndent(kept, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(e.keptFile(), append(data, '\n'))
}

// replaceFile puts a file of mode 0600 in place by one rename, in a folder that is made with mode 0700 where it is not there.
func replaceFile(name string, data []byte) (err error) {
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(dir, ".ejmx-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temporary.Name()))
		}
	}()
	_, err = temporary.Write(data)
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), name)
}

// client makes the client that talks to EJM, with whatever lets it in. Observe is told of every request, it may be nil.
func (e *env) client(s *settings, observe func(ejm.Request)) (*ejm.Client, error) {
	c, err := e.credentials(s)
	if err != nil {
		return nil, err
	}
	client, err := e.clientWith(s, c, observe)
	if errors.Is(err, ejm.ErrNoCredentials) {
		return nil, &notSetUpError{err}
	}
	return client, err
}

// clientWith makes a client with the credentials given.
func (e *env) clientWith(s *settings, c credentials, observe func(ejm.Request)) (*ejm.Client, error) {
	return ejm.New(ejm.Config{
		BaseURL: s.api, Key: c.Key, Secret: c.Secret, Token: c.Token, UserAgent: userAgent(), Workers: s.workers,
		ListLimit: int64(s.maxList), DocumentLimit: int64(s.maxDocument),
		Observe: func(r ejm.Request) {
			e.logRequest(r)
			if s.verbose {
				fmt.Fprintf(e.stderr, "ejmx: %s\n", visible(r.String()))
			}
			if observe != nil {
				observe(r)
			}
		},
	})
}

// notSetUpError says that there is nothing to let ejmx in with.
type notSetUpError struct{ err error }

func (e *notSetUpError) Error() string { return e.err.Error() }
func (e *notSetUpError) Unwrap() error { return e.err }

// Hint says what to do about it.
func (e *notSetUpError) Hint() string {
	return "run ejmx setup: it asks for the key and secret, or the access token, of EJM's API set-up page, tries them and keeps them; " +
		"programs set EJMX_CLIENT_KEY and EJMX_CLIENT_SECRET, or EJMX_TOKEN"
}
