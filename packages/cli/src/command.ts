import { Command, type HelpConfiguration } from 'commander';

interface Example {
  readonly line: string;
  readonly does: string;
}

const HELP: HelpConfiguration = { showGlobalOptions: true, sortSubcommands: false, helpWidth: 100 };

/** A command with examples, which its help and docs/cli.md show. */
export class CliCommand extends Command {
  readonly examples: Example[] = [];

  constructor(name?: string) {
    super(name);
    this.configureHelp(HELP);
    this.addHelpText('after', () => this.#examplesText());
  }

  override createCommand(name?: string): CliCommand {
    return new CliCommand(name);
  }

  example(line: string, does: string): this {
    this.examples.push({ line, does });
    return this;
  }

  #examplesText(): string {
    if (this.examples.length === 0) return '';
    const lines = this.examples.map(({ line, does }) => `  # ${does}\n  $ ${line}`);
    return `\nExamples:\n${lines.join('\n')}`;
  }
}

export type Format = 'json' | 'text';

/** The requested format, wherever `--format` is on the command line. */
export function formatOf(command: Command): Format | undefined {
  return command.optsWithGlobals<{ format?: Format }>().format;
}
