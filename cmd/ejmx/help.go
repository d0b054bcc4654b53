package main

import (
	"slices"

	"github.com/spf13/cobra"
)

// groups are the commands as help lists them, by what somebody wants to do.
var groups = []struct {
	id, title string
	commands  []string
}{
	{"begin", "Begin:", []string{"setup", "ui", "doctor", "demo"}},
	{"export", "Fetch and export:", []string{"export", "fetch", "packets"}},
	{"see", "See what there is:", []string{"status", "postings", "missing", "changes", "person", "ratings"}},
	{"keep", "Keep, prove, dispose:", []string{"archive", "verify", "restore", "register", "prune"}},
	{"program", "The program itself:", []string{"serve", "version", "completion", "man", "help"}},
}

// atTheEnd is what the help of ejmx itself says after its flags.
const atTheEnd = `
Exit codes:
  0    done, and complete (a letter not yet sent is no failure)
  1    something unexpected
  2    wrong usage
  3    done, with problems: everything else was delivered, and each problem was named
  4    key, secret, token or IP address refused
  5    EJM cannot be reached or does not answer as it should
  6    verification failed
  130  interrupted; running it again goes on from there

Environment (flags beat it, and it beats the season's ejmx.toml):
  EJMX_SEASON                            the season's folder
  EJMX_API                               the API's address
  EJMX_CLIENT_KEY, EJMX_CLIENT_SECRET    what EJM lets ejmx in with
  EJMX_TOKEN                             an access token instead of these
  EJMX_PASSPHRASE_FILE                   the file with the passphrase of archives
  CREDENTIALS_DIRECTORY                  a folder with ` + systemdKey + `, ` + systemdSecret + ` or ` + systemdToken + `
  HTTPS_PROXY, NO_COLOR                  as in other programs
`

// dress gives the commands their groups, the help of ejmx itself its end, and every flag that names a posting or an edition
// its completion.
func dress(e *env, root *cobra.Command) error {
	for _, g := range groups {
		root.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
	}
	root.SetHelpCommandGroupID("program")
	for _, c := range root.Commands() {
		for _, g := range groups {
			if slices.Contains(g.commands, c.Name()) {
				c.GroupID = g.id
			}
		}
	}
	root.SetUsageTemplate(root.UsageTemplate() + "{{if not .HasParent}}" + atTheEnd + "{{end}}")
	return eachCommand(root, func(c *cobra.Command) error { return completeFlags(e, c) })
}

// eachCommand calls do with a command and all below it.
func eachCommand(c *cobra.Command, do func(*cobra.Command) error) error {
	if err := do(c); err != nil {
		return err
	}
	for _, sub := range c.Commands() {
		if err := eachCommand(sub, do); err != nil {
			return err
		}
	}
	return nil
}
