import { Argument } from 'commander';
import { CliCommand } from '../command.ts';
import { SHELLS, type Shell, scripts } from '../completion/scripts.ts';
import type { Context } from '../context.ts';

export function completionCommand(context: Context): CliCommand {
  return new CliCommand('completion')
    .addArgument(new Argument('<shell>', 'the shell').choices([...SHELLS]))
    .description('Print a script that completes commands, options and names in a shell')
    .example(
      'fairlead completion bash > ~/.local/share/bash-completion/completions/fairlead',
      'completions in bash, from the next start on',
    )
    .example(
      'fairlead completion zsh > ~/.zfunc/_fairlead',
      'completions in zsh, whose fpath has this folder',
    )
    .example(
      'fairlead completion fish > ~/.config/fish/completions/fairlead.fish',
      'completions in fish, from the next start on',
    )
    .action(async (shell: Shell) => {
      context.terminal.out(scripts[shell]);
    });
}
