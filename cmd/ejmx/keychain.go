package main

import (
	"errors"
	"fmt"
	"os/exec"
	"time"

	"github.com/zalando/go-keyring"
)

// keychainService is the name under which the system's keychain lists what ejmx keeps in it.
const keychainService = "ejmx"

// keychainPatience is how long the keychain may take: it may ask its owner for a password first. A run at night has nobody
// to answer.
const keychainPatience = time.Minute

var (
	// errNotKept says that a place holds nothing for an account.
	errNotKept = errors.New("nothing is kept there")
	// errNoKeychain says that the system has no keychain, or none that this session can open.
	errNoKeychain = errors.New("there is no keychain that this session can use")
)

// keychain is where the system keeps its user's secrets: the Keychain of macOS, the Credential Manager of Windows, the
// Secret Service of a Linux desktop. Its errors are errNotKept, or wrap errNoKeychain.
type keychain struct {
	get    func(account string) (secret string, err error)
	set    func(account, secret string) error
	remove func(account string) error
}

// systemKeychain is the keychain of the user who runs this.
func systemKeychain() keychain {
	return keychain{
		get: func(account string) (string, error) {
			return patiently(func() (string, error) { return keyring.Get(keychainService, account) })
		},
		set: func(account, secret string) error {
			_, err := patiently(func() (string, error) { return "", keyring.Set(keychainService, account, secret) })
			return err
		},
		remove: func(account string) error {
			_, err := patiently(func() (string, error) { return "", keyring.Delete(keychainService, account) })
			return err
		},
	}
}

// patiently asks the keychain, which cannot be interrupted: a question that nobody answers is left behind.
func patiently(ask func() (string, error)) (string, error) {
	type answer struct {
		secret string
		err    error
	}
	answered := make(chan answer, 1)
	go func() {
		secret, err := ask()
		answered <- answer{secret, err}
	}()
	select {
	case a := <-answered:
		switch {
		case errors.Is(a.err, keyring.ErrNotFound):
			return "", errNotKept
		case errors.Is(a.err, exec.ErrNotFound): // a Linux without a desktop
			return "", errNoKeychain
		case a.err != nil:
			return "", fmt.Errorf("%w (%s)", errNoKeychain, visible(a.err.Error()))
		}
		return a.secret, nil
	case <-time.After(keychainPatience):
		return "", fmt.Errorf("%w (it has not answered for %s; is it locked?)", errNoKeychain, keychainPatience)
	}
}
