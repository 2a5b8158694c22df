import type { ApiClient } from '@fairlead/api';
import type { Command } from 'commander';
import { formatOf } from './command.ts';
import { apiOf } from './http/api.ts';
import { Printer } from './output/printer.ts';
import type { Terminal } from './terminal.ts';

/** The objects that all commands share: the terminal, the printer and the API client. */
export interface Context {
  readonly terminal: Terminal;
  readonly printer: (command: Command) => Printer;
  readonly api: () => ApiClient;
}

export function createContext(terminal: Terminal): Context {
  return {
    terminal,
    printer: (command) => new Printer(terminal, formatOf(command) ?? 'text'),
    api: () => apiOf(terminal),
  };
}
