import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Command } from 'commander';
import { cliErrors } from '../src/catalogue.ts';
import type { CliCommand } from '../src/command.ts';
import { createContext } from '../src/context.ts';
import { cliReference } from '../src/docs.ts';
import { createProgram } from '../src/program.ts';
import { TestTerminal } from './support/terminal.ts';

const file = new URL('../../../docs/cli.md', import.meta.url);

test('docs/cli.md is what the commands say', async () => {
  if (process.env.FAIRLEAD_UPDATE_DOCS === '1') writeFileSync(file, await cliReference());
  assert.equal(readFileSync(file, 'utf8'), await cliReference());
});

function wholeProgram(): Promise<CliCommand> {
  return createProgram(createContext(new TestTerminal()), () => true);
}

function leaves(command: CliCommand): CliCommand[] {
  return command.commands.length === 0 ? [command] : (command.commands as CliCommand[]).flatMap(leaves);
}

test('every command has a description and an example that begins with its own name', async () => {
  for (const command of leaves(await wholeProgram())) {
    assert.notEqual(command.description(), '', command.name());
    assert.ok(command.examples.length > 0, `${command.name()} has no example`);
    for (const { line } of command.examples)
      assert.match(line, new RegExp(`fairlead .*\\b${command.name()}\\b`));
  }
});

test('examples are lines that the commands take', async () => {
  for (const command of leaves(await wholeProgram())) {
    for (const { line } of command.examples) {
      const words = (/fairlead ((?:'[^']*'|[^|&<>'])*)/.exec(line)?.[1] ?? '').match(/'[^']*'|\S+/g) ?? [];
      const argv = words.map((word) => word.replace(/^'(.*)'$/, '$1'));
      const program = await wholeProgram();
      // Not as a list does it: one with --watch does not end.
      for (const leaf of leaves(program)) Command.prototype.action.call(leaf, () => {});
      await program.parseAsync(argv, { from: 'user' });
    }
  }
});

test('every code of the CLI tells what to do', () => {
  for (const [code, { help }] of Object.entries(cliErrors.entries)) assert.ok(help.length > 10, code);
});
