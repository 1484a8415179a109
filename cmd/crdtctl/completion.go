package main

import (
	"fmt"
	"os"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/internal/cli"
)

func completionCommand() *ucli.Command {
	return &ucli.Command{
		Name: "completion", Usage: "show a script that completes commands, flags, collections and keys", ArgsUsage: "bash|zsh|fish",
		Description: "bash: source <(crdtctl completion bash)\n" +
			"zsh:  source <(crdtctl completion zsh)\n" +
			"fish: crdtctl completion fish | source",
		Action: func(c *ucli.Context) error {
			args, err := cli.Arguments(c, 1, 1, "bash, zsh or fish")
			if err != nil {
				return err
			}
			script, ok := scripts[args[0]]
			if !ok {
				return cli.Usagef("no script for %q: want bash, zsh or fish", cli.Safe(args[0]))
			}
			_, err = fmt.Fprint(os.Stdout, script)
			return err
		},
	}
}

// scripts are the completions, by shell. Keys come from other people's
// devices, so no script ever gives a candidate to the shell as code: each is
// a word in an array, is compared as text, and is put on the command line
// quoted.
var scripts = map[string]string{
	"bash": `_crdtctl() {
  local line word
  # The line is split here, at blanks, as bash splits words at ":" and "=", too.
  # What is quoted on it is not completed: it is never evaluated to find out.
  local -a words=() found=()
  read -r -a words <<< "${COMP_LINE:0:COMP_POINT}"
  [[ "${COMP_LINE:0:COMP_POINT}" == *[[:space:]] ]] && words+=("")
  word="${words[${#words[@]}-1]}"
  case "$word" in *[\'\"\\\$\` + "`" + `]*) return ;; esac
  mapfile -t found < <(crdtctl ` + candidatesName + ` -- "${words[@]:1}" 2>/dev/null)
  COMPREPLY=()
  local cut="${word%"${COMP_WORDS[COMP_CWORD]}"}"
  [[ "${COMP_WORDS[COMP_CWORD]}" == [=:] ]] && cut="$word"
  for line in "${found[@]}"; do
    [[ "$line" == "$word"* ]] || continue
    line="${line#"$cut"}"
    [[ "$line" == */ ]] && compopt -o nospace
    printf -v line '%q' "$line"
    COMPREPLY+=("$line")
  done
}
complete -F _crdtctl crdtctl
`,
	"zsh": `#compdef crdtctl
_crdtctl() {
  local -a found
  found=("${(@f)$(crdtctl ` + candidatesName + ` -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  # compadd quotes what it puts on the line; -S '' adds no blank behind a slash.
  local -a ended=("${(@)found:#*/}") open=("${(@M)found:#*/}")
  (( ${#ended} )) && compadd -- "${(@)ended}"
  (( ${#open} )) && compadd -S '' -- "${(@)open}"
}
compdef _crdtctl crdtctl
`,
	"fish": `function __crdtctl_candidates
    set -l words (commandline -opc) (commandline -ct)
    crdtctl ` + candidatesName + ` -- $words[2..-1] 2>/dev/null
end
# fish takes each line of a command substitution as text, and quotes it.
complete -c crdtctl -f -a '(__crdtctl_candidates)'
`,
}
