/** What a shell runs to complete a command line: it asks `fairlead complete` for candidates. */

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A candidate and what it is, with a tab between them. */
export const scripts: Readonly<Record<Shell, string>> = {
  bash: `# Completions of fairlead for bash: source this, or keep it as /etc/bash_completion.d/fairlead
_fairlead() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(fairlead complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  [[ \${#COMPREPLY[@]} -eq 0 ]] && compopt -o default
}
complete -F _fairlead fairlead
`,
  zsh: `#compdef fairlead
# Completions of fairlead for zsh: keep this as _fairlead in a folder of $fpath
_fairlead() {
  local line value
  local -a candidates
  while IFS= read -r line; do
    value=\${line%%$'\\t'*}
    candidates+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
  done < <(fairlead complete -- "\${(@)words[2,$CURRENT]}" 2>/dev/null)
  if (( \${#candidates} )); then _describe -t fairlead fairlead candidates; else _files; fi
}
if [ "$funcstack[1]" = "_fairlead" ]; then _fairlead "$@"; else compdef _fairlead fairlead; fi
`,
  fish: `# Completions of fairlead for fish: keep this as ~/.config/fish/completions/fairlead.fish
function __fairlead_complete
    set -l words (commandline -opc) (commandline -ct)
    fairlead complete -- $words[2..-1] 2>/dev/null
end
complete -c fairlead -a '(__fairlead_complete)'
`,
};
