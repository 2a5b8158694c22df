/** Commands that list things: names alone, columns by choice, and a list that follows what happens. */
import { isFairleadError, pause } from '@fairlead/core';
import { Option } from 'commander';
import { durationArgument } from './arguments.ts';
import { CliCommand } from './command.ts';
import { cliLimits } from './limits.ts';
import type { ListSettings } from './output/list-settings.ts';
import type { Terminal } from './terminal.ts';

// biome-ignore lint/suspicious/noExplicitAny: as commander declares it: arguments, then options, then the command
type Action = (this: any, ...args: any[]) => void | Promise<void>;

/** A command `ls`. Its action prints with the printer of the context, which keeps to the settings. */
export class ListCommand extends CliCommand {
  readonly #context: { readonly terminal: Terminal };
  #frame: string[] | undefined;
  #hasOptions = false;

  constructor(name: string, context: { readonly terminal: Terminal }) {
    super(name);
    this.#context = context;
  }

  get settings(): ListSettings {
    const { quiet = false, columns } = this.opts<{ quiet?: boolean; columns?: readonly string[] }>();
    return { quiet, columns, frame: this.#frame };
  }

  /** The options that all lists have come after those of the command. */
  override action(work: Action): this {
    if (!this.#hasOptions) this.#addOptions();
    this.#hasOptions = true;
    return super.action(async (...args: unknown[]) => {
      const { watch } = this.opts<{ watch?: number }>();
      // The service is asked for what the command itself knows.
      const own = args.map((arg) => (isOptions(arg, this) ? without(arg) : arg));
      if (watch === undefined) await work.apply(this, own);
      else await this.#watch(Math.max(watch, cliLimits.values.watchPause), () => work.apply(this, own));
    });
  }

  #addOptions(): void {
    this.option('-q, --quiet', 'only the names, one a line')
      .addOption(
        new Option(
          '--columns <names>',
          'columns to show, with commas between them; fields of the JSON document are columns, too',
        ).argParser((text) => text.split(',').map((name) => name.trim())),
      )
      .addOption(
        new Option('--watch [seconds]', 'show the list again and again, until Ctrl-C; by default every 2 s')
          .argParser(durationArgument)
          .preset('2'),
      );
  }

  async #watch(ms: number, list: () => void | Promise<void>): Promise<void> {
    const { terminal } = this.#context;
    let shown: readonly string[] | undefined;
    while (!terminal.interrupted.aborted) {
      this.#frame = [];
      try {
        await list();
        shown = this.#frame;
        terminal.redraw(shown);
      } catch (error) {
        if (terminal.interrupted.aborted) return;
        // What was shown stays while the service is away.
        if (shown === undefined || !isFairleadError(error) || !error.retryable) throw error;
        terminal.redraw([...shown, `${error.code}: ${error.message}`]);
      }
      await pause(terminal.clock, ms, terminal.interrupted);
    }
  }
}

const isOptions = (arg: unknown, command: CliCommand): arg is Readonly<Record<string, unknown>> =>
  typeof arg === 'object' && arg !== null && !Array.isArray(arg) && arg !== command;

function without({
  quiet: _quiet,
  columns: _columns,
  watch: _watch,
  ...rest
}: Readonly<Record<string, unknown>>) {
  return rest;
}
