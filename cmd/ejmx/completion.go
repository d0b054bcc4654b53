package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/exporter"
)

func newCompletion(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash | zsh | fish | powershell",
		Short: "Print what makes a shell complete ejmx's commands and flags",
		Long: `Completion prints a script for your shell. With it the Tab key completes commands and flags, the ids of the postings that the
season knows (with their titles, where the shell shows them), and the names of editions.`,
		Example: `  source <(ejmx completion bash)                                       # for this session
  ejmx completion bash > ~/.local/share/bash-completion/completions/ejmx
  ejmx completion zsh > "${fpath[1]}/_ejmx"
  ejmx completion fish > ~/.config/fish/completions/ejmx.fish
  ejmx completion powershell | Out-String | Invoke-Expression`,
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		RunE: func(c *cobra.Command, args []string) error {
			root := c.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(e.stdout, true)
			case "zsh":
				return root.GenZshCompletion(e.stdout)
			case "fish":
				return root.GenFishCompletion(e.stdout, true)
			}
			return root.GenPowerShellCompletionWithDesc(e.stdout)
		},
	}
}

// completeFlags has the shell complete the values of a command's flags that name postings and editions.
func completeFlags(e *env, c *cobra.Command) error {
	for name, complete := range map[string]func(*settings) []cobra.Completion{
		"posting": postingCompletions, "edition": editionCompletions,
	} {
		if c.Flags().Lookup(name) == nil {
			continue
		}
		err := c.RegisterFlagCompletionFunc(name, func(c *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return complete(completing(e, c)), cobra.ShellCompDirectiveNoFileComp
		})
		if err != nil {
			return fmt.Errorf("%s --%s: %w", c.CommandPath(), name, err)
		}
	}
	return nil
}

// completing gives the settings of a command line that is still being typed.
func completing(e *env, c *cobra.Command) *settings {
	var s settings
	if flag := c.Flags().Lookup("season"); flag != nil {
		s.season = flag.Value.String()
	}
	if err := s.resolve(e); err != nil {
		return &settings{season: s.season} // a mistake in it is told when the command runs
	}
	return &s
}

// postingCompletions are the postings that the mirror knows. Nothing is completed where there is none.
func postingCompletions(s *settings) []cobra.Completion {
	season, err := exporter.OpenSeason(s.season)
	if err != nil {
		return nil
	}
	defer season.Close()
	lines, err := postingLines(season.Mirror)
	if err != nil {
		return nil
	}
	var all []cobra.Completion
	for _, l := range lines {
		all = append(all, cobra.CompletionWithDesc(l.PosID.String(), oneLine(l.Title, 60)))
	}
	return all
}

// editionCompletions are the built-in editions and the season's own.
func editionCompletions(s *settings) []cobra.Completion {
	editions := (&exporter.Season{Dir: s.season}).Editions()
	var all []cobra.Completion
	for _, name := range editions.Names() {
		all = append(all, cobra.CompletionWithDesc(name, titleOf(editions, name)))
	}
	return all
}

func titleOf(editions dossier.Editions, name string) string {
	edition, err := editions.Load(name)
	if err != nil {
		return ""
	}
	return oneLine(edition.Title, 60)
}
