import type { Command } from 'commander';
import { formatOf } from './command.ts';
import { Api } from './http/api.ts';
import { Printer } from './output/printer.ts';
import type { Terminal } from './terminal.ts';

/** The objects that all commands share: the terminal, the printer and the API client. */
export interface Context {
  readonly terminal: Terminal;
  readonly printer: (command: Command) => Printer;
  readonly api: () => Api;
}

export function createContext(terminal: Terminal): Context {
  return {
    terminal,
    printer: (command) => new Printer(terminal, formatOf(command) ?? 'text'),
    api: () => Api.from(terminal),
  };
}
