import type { Command } from 'commander';
import { formatOf } from './command.ts';
import { ListCommand } from './list-command.ts';
import { Printer } from './output/printer.ts';
import type { Terminal } from './terminal.ts';

/** The objects that all commands share: the terminal and the printer. */
export interface Context {
  readonly terminal: Terminal;
  readonly printer: (command: Command) => Printer;
}

export function createContext(terminal: Terminal): Context {
  return {
    terminal,
    printer: (command) =>
      new Printer(
        terminal,
        formatOf(command) ?? 'text',
        command instanceof ListCommand ? command.settings : undefined,
      ),
  };
}
