import { type FileHandle, open, rm } from 'node:fs/promises';
import { type ApiTokenView, SCOPES, type Scope, scopeMeaning } from '@fairlead/api';
import { InvalidArgumentError } from 'commander';
import { countArgument } from '../arguments.ts';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { apiOf } from '../http/api.ts';
import { unwritable } from '../input.ts';
import { ListCommand } from '../list-command.ts';
import type { Printer } from '../output/printer.ts';
import { ahead } from '../output/text.ts';
import { forEachName } from '../several.ts';
import { relative } from './device-text.ts';

export function tokenCommand(context: Context): CliCommand {
  const group = new CliCommand('token');
  for (const command of [addCommand(context), listCommand(context), removeCommand(context)])
    group.addCommand(command);
  return group;
}

interface AddOptions {
  readonly scope: readonly Scope[];
  readonly days?: number;
  readonly out?: string;
}

function addCommand(context: Context): CliCommand {
  const meanings = SCOPES.map((scope) => `${scope}: ${scopeMeaning[scope]}`).join('; ');
  return new CliCommand('add')
    .argument('<name>', 'name of the token: what it is for')
    .description('Make a token for a program and print it. It is shown only once')
    .requiredOption(
      '--scope <scope>',
      `what it may do; can be repeated, and each includes those before it. ${meanings}`,
      scopeArgument,
    )
    .option('--days <days>', 'days until it expires; by default it does not expire', countArgument(1, 3_650))
    .option('--out <file>', 'write the token into this file, which only its owner can read')
    .example(
      'fairlead token add prometheus --scope metrics --out prometheus.token',
      'a token that can only read /metrics',
    )
    .example('fairlead token add ci --scope operate --days 90', 'a token for programs that send commands')
    .action(async (name: string, options: AddOptions, self: CliCommand) => {
      const { scope, days, out } = options;
      const print = context.printer(self);
      // The file is made first: a token that cannot be written would be lost.
      const file = out === undefined ? undefined : await newFile(out);
      const added = await made(context, { name, scopes: [...scope], days }, file, out);
      const { token, ...view } = added;
      print.show(out === undefined ? added : view, () =>
        print.facts([
          ['name', view.name],
          ['scopes', view.scopes.join(', ')],
          ['expires', view.expiresAt ?? 'never'],
          out === undefined ? ['token', token] : ['written to', out],
        ]),
      );
      if (out === undefined && !print.json) print.note('The token is shown only once.');
    });
}

/** A file that exists keeps its content: it may be a token in use. */
async function newFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** Makes the token and writes it into the file, if there is one. Without a token there is no file. */
async function made(
  { terminal }: Context,
  body: { readonly name: string; readonly scopes: Scope[]; readonly days: number | undefined },
  file: FileHandle | undefined,
  path = '',
) {
  try {
    const added = await apiOf(terminal).tokens.add({ body });
    await file?.writeFile(`${added.token}\n`);
    return added;
  } catch (error) {
    if (file !== undefined) await rm(path, { force: true });
    throw error;
  } finally {
    await file?.close();
  }
}

function listCommand(context: Context): CliCommand {
  return new ListCommand('ls', context)
    .description('List the tokens of the API and when each was used last')
    .example('fairlead token ls', 'list all tokens')
    .action(async (_options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const tokens = await apiOf(context.terminal).tokens.list();
      print.show(tokens, () => tokenTable(tokens, print, context.terminal.clock.now()));
      if (tokens.length === 0 && !print.json)
        print.note('No tokens yet. Make one: fairlead token add NAME --scope read');
    });
}

function removeCommand(context: Context): CliCommand {
  return new CliCommand('rm')
    .argument('<name...>', 'name of the token')
    .description('Revoke tokens: they are refused from now on, and their live streams are closed')
    .example('fairlead token rm ci', 'revoke a token')
    .action(async (names: string[], _options: unknown, self: CliCommand) => {
      const api = apiOf(context.terminal);
      await forEachName({
        names,
        print: context.printer(self),
        work: async (name) => {
          await api.tokens.remove({ params: { name } });
          return { name, removed: true };
        },
        line: (name) => `Revoked ${name}.`,
      });
    });
}

function scopeArgument(text: string, earlier: readonly Scope[] = []): readonly Scope[] {
  const scope = SCOPES.find((known) => known === text);
  if (scope === undefined) throw new InvalidArgumentError(`Use one of ${SCOPES.join(', ')}.`);
  return [...new Set([...earlier, scope])];
}

function tokenTable(tokens: readonly ApiTokenView[], print: Printer, now: number): string[] {
  if (tokens.length === 0) return [];
  return print.table<ApiTokenView>(
    [
      { head: 'NAME', cell: ({ name }) => name },
      { head: 'SCOPES', cell: ({ scopes }) => scopes.join(',') },
      {
        head: 'USED',
        cell: ({ lastUsedAt }) => (lastUsedAt === undefined ? 'never' : relative(lastUsedAt, now)),
      },
      {
        head: 'EXPIRES',
        cell: ({ expiresAt, expired }) => {
          if (expiresAt === undefined) return 'never';
          return expired ? 'expired' : ahead(Date.parse(expiresAt), now);
        },
      },
      { head: 'MADE', cell: ({ createdAt }) => relative(createdAt, now) },
      { head: 'BY', cell: ({ createdBy }) => createdBy },
    ],
    tokens,
  );
}
