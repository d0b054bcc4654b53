package main

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"

	"github.com/ejmx/ejmx/internal/outside"
)

// sshKeys makes an ed25519 key, an rsa key, and an ed25519 key with a passphrase, each as a file and with its public key.
func sshKeys(t *testing.T, dir string) (private map[string]string, public []byte) {
	t.Helper()
	_, plain, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, locked, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	private = map[string]string{}
	for name, key := range map[string]crypto.Signer{"id_ed25519": plain, "id_locked": locked, "id_rsa": long} {
		block, err := ssh.MarshalPrivateKey(key, name)
		if name == "id_locked" {
			block, err = ssh.MarshalPrivateKeyWithPassphrase(key, name, []byte("correct horse"))
		}
		if err != nil {
			t.Fatal(err)
		}
		private[name] = filepath.Join(dir, name)
		if err := os.WriteFile(private[name], pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		of, err := ssh.NewPublicKey(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		public = append(public, ssh.MarshalAuthorizedKey(of)...)
	}
	return private, public
}

// opensWithSSHKeys encrypts to a file like authorized_keys and opens with each of the keys, here and with the age program.
func opensWithSSHKeys(u *user, dir string) {
	t := u.t
	private, public := sshKeys(t, u.home)
	readers := filepath.Join(u.home, "authorized_keys")
	if err := os.WriteFile(readers, append([]byte("# the search committee\n\n"), public...), 0o600); err != nil {
		t.Fatal(err)
	}
	plain, err := os.ReadFile(u.archived("--all", "--season", dir)[0])
	if err != nil {
		t.Fatal(err)
	}
	path := u.archived("--all", "--season", dir, "--encrypt", readers)[0]
	passphrase := filepath.Join(u.home, "passphrase")
	if err := os.WriteFile(passphrase, []byte("correct horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	u.env["EJMX_PASSPHRASE_FILE"] = passphrase
	for _, key := range private {
		u.must("verify", path, "--identity", key)
	}
	for _, name := range []string{"id_ed25519", "id_rsa"} {
		out, err := exec.Command(outside.Tool(t, "age"), "-d", "-i", private[name], path).Output()
		if err != nil || !bytes.Equal(out, plain) {
			t.Errorf("age opens it with %s: %d bytes of %d, %v", name, len(out), len(plain), err)
		}
	}
}

// opensWhatAgeSealed verifies and restores an archive that the age program encrypted.
func opensWhatAgeSealed(u *user, dir string) {
	t := u.t
	path := u.archived("--all", "--season", dir)[0]
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	key, sealed := filepath.Join(u.home, "key.txt"), filepath.Join(u.home, "sealed.zip.age")
	if err := os.WriteFile(key, []byte("# created by the dean\n"+id.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(outside.Tool(t, "age"), "-r", id.Recipient().String(), "-o", sealed, path).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	u.must("verify", sealed, "--identity", key)
	u.must("restore", sealed, "--identity", key, "--season", filepath.Join(u.home, "back"))
}
