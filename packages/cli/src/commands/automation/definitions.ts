/** Commands that all saved definitions have: add, ls, show, edit, rm, export, import. */
import type { ApiClient, DefinitionView } from '@fairlead/api';
import type { DefinitionKind } from '@fairlead/server';
import { CliCommand } from '../../command.ts';
import type { Context } from '../../context.ts';
import { apiOf } from '../../http/api.ts';
import { readInput } from '../../input.ts';
import { cliLimits } from '../../limits.ts';
import { ListCommand } from '../../list-command.ts';
import { Progress } from '../../output/progress.ts';
import type { Column } from '../../output/table.ts';
import { type ForceOption, forceOption, revisionFor } from '../../revision.ts';
import { forEachName } from '../../several.ts';
import { relative } from '../device-text.ts';
import { located, mistaken, readDefinition } from './mistakes.ts';

/** A column whose cell may hang on the time. */
interface KindColumn extends Omit<Column<DefinitionView>, 'cell'> {
  readonly cell: (row: DefinitionView, now: number) => string | undefined;
}

export interface Kind {
  readonly kind: DefinitionKind;
  /** Columns of the list between the name and the time of the last change. */
  readonly columns: readonly KindColumn[];
  /** Further state of each definition, by name, for the list. */
  readonly states?: (context: Context) => Promise<readonly { readonly name: string }[]>;
  /** For `--help`: a name and, if the definition comes from a file, the file. */
  readonly example: { readonly name: string; readonly file?: string };
  /** Lines to print after the definition was saved. */
  readonly saved?: (context: Context, name: string) => Promise<string[]>;
}

const secretsOption = ['--secrets', 'show bodies, names and keys; by default they are masked'] as const;

/** The calls that all kinds have. */
const callsOf = (api: ApiClient, kind: DefinitionKind): Omit<ApiClient['connections'], 'test'> =>
  api[`${kind}s`];

export function listCommand(context: Context, { kind, columns, states }: Kind): CliCommand {
  return new ListCommand('ls', context)
    .description(`List ${kind}s`)
    .example(`fairlead ${kind} ls`, `list all ${kind}s`)
    .action(async (_options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const saved = await callsOf(apiOf(context.terminal), kind).list();
      const more = new Map((await states?.(context))?.map((state) => [state.name, state]));
      const rows = saved.map((row) => ({ ...row, ...more.get(row.name) }));
      const now = context.terminal.clock.now();
      print.show(rows, () =>
        rows.length === 0
          ? []
          : print.table<DefinitionView>(
              [
                { head: 'NAME', cell: (row) => row.name },
                ...columns.map((column) => ({
                  ...column,
                  cell: (row: DefinitionView) => column.cell(row, now),
                })),
                { head: 'GROUP', cell: (row) => row.group as string | undefined },
                { head: 'CHANGED', cell: (row) => relative(row.changedAt, now) },
              ],
              rows,
            ),
      );
      if (rows.length === 0 && !print.json) print.note(`No ${kind}s yet: fairlead ${kind} add --help`);
    });
}

export function showCommand(context: Context, { kind, example }: Kind): CliCommand {
  return new CliCommand('show')
    .argument('<name>')
    .option(...secretsOption)
    .description(`Show a ${kind}`)
    .example(`fairlead ${kind} show ${example.name}`, 'show all fields')
    .action(async (name: string, { secrets }: { secrets?: boolean }, self: CliCommand) => {
      const print = context.printer(self);
      const query = secrets ? { secrets: true } : {};
      const view = await callsOf(apiOf(context.terminal), kind).get({ params: { name }, query });
      print.show(view, () => JSON.stringify(view, null, 2).split('\n'));
    });
}

/** Adds a definition from a YAML or JSON file. */
export function addFileCommand(context: Context, { kind, example, saved }: Kind): CliCommand {
  return new CliCommand('add')
    .argument('<name>')
    .argument('<file>', 'YAML or JSON; - for stdin')
    .description(`Save a ${kind} from a file; docs/automation.md describes the file`)
    .example(`fairlead ${kind} add ${example.name} ${example.file}`, 'check and save the file')
    .action(async (name: string, file: string, _options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const { found, yaml } = await readDefinition(context, print, kind, file);
      await located(file, yaml, [], () =>
        callsOf(apiOf(context.terminal), kind).add({ body: { ...found, name } }),
      );
      const more = (await saved?.(context, name)) ?? [];
      print.show({ name, saved: true }, () => [`Saved ${kind} "${name}".`, ...more]);
    });
}

export function editFileCommand(context: Context, { kind, example, saved }: Kind): CliCommand {
  return new CliCommand('edit')
    .argument('<name>')
    .argument('<file>', 'YAML or JSON; - for stdin')
    .description(`Replace a ${kind} by the contents of a file`)
    .option(...forceOption)
    .example(`fairlead ${kind} edit ${example.name} ${example.file}`, 'the change takes effect at once')
    .example(
      `fairlead ${kind} edit ${example.name} ${example.name}.json`,
      `a file that "${kind} show --secrets" wrote has a revision: it is refused if somebody else changed the ${kind} meanwhile`,
    )
    .action(async (name: string, file: string, options: ForceOption, self: CliCommand) => {
      const print = context.printer(self);
      const { found, yaml } = await readDefinition(context, print, kind, file);
      const api = callsOf(apiOf(context.terminal), kind);
      const params = { name };
      const before = await api.get({ params }); // only one that is there can be edited
      const { revision: read } = Object(yaml.value) as { revision?: unknown };
      const known = typeof read === 'number' ? { revision: read } : before;
      const revision = await revisionFor(options, async () => known);
      await located(file, yaml, [], () => api.put({ params, revision, body: found }));
      const more = (await saved?.(context, name)) ?? [];
      print.show({ name, saved: true }, () => [`Saved ${kind} "${name}".`, ...more]);
    });
}

export function removeCommand(context: Context, { kind, example }: Kind): CliCommand {
  return new CliCommand('rm')
    .argument('<name...>')
    .description(`Remove ${kind}s`)
    .option(...forceOption)
    .example(`fairlead ${kind} rm ${example.name}`, 'remove it, unless another definition uses it')
    .action(async (names: string[], options: ForceOption, self: CliCommand) => {
      const api = callsOf(apiOf(context.terminal), kind);
      await forEachName({
        names,
        print: context.printer(self),
        work: async (name) => {
          const params = { name };
          const revision = await revisionFor(options, () => api.get({ params }));
          await api.remove({ params, revision });
          return { name, removed: true };
        },
        line: (name) => `Removed ${kind} "${name}".`,
      });
    });
}

export function exportCommand(context: Context, { kind }: Kind): CliCommand {
  return new CliCommand('export')
    .option(...secretsOption)
    .description(`Print all ${kind}s as JSON, for ${kind} import`)
    .example(`fairlead ${kind} export --secrets > ${kind}s.json`, 'export everything for another machine')
    .action(async ({ secrets }: { secrets?: boolean }, self: CliCommand) => {
      const print = context.printer(self);
      const query = secrets ? { secrets: true } : {};
      const rows = await callsOf(apiOf(context.terminal), kind).list({ query });
      const bare = rows.map(({ changedAt: _changedAt, revision: _revision, ...row }) => row);
      if (print.json) print.line(JSON.stringify(bare));
      else for (const line of JSON.stringify(bare, null, 2).split('\n')) print.line(line);
    });
}

export function importCommand(context: Context, { kind }: Kind): CliCommand {
  return new CliCommand('import')
    .argument('<file>', `list of ${kind}s with their names, YAML or JSON; - for stdin`)
    .description(`Save ${kind}s from a file; existing ${kind}s with the same name are replaced`)
    .example(`fairlead ${kind} import ${kind}s.json`, `import the output of ${kind} export`)
    .action(async (file: string, _options: unknown, self: CliCommand) => {
      const { checkList } = await import('@fairlead/server');
      const { terminal } = context;
      const print = context.printer(self);
      const { importFile } = cliLimits.values;
      const text = await readInput(file, terminal, importFile);
      const { found, yaml, problems } = checkList(kind, text, terminal.clock.now());
      if (found === undefined) throw mistaken(print, file, problems);
      const api = callsOf(apiOf(context.terminal), kind);
      const saved = new Map((await api.list()).map(({ name, revision }) => [name, revision]));
      const names: string[] = [];
      using progress = new Progress(terminal, file, found.length, String);
      for (const { name, fields, path } of found) {
        await located(file, yaml, path, () =>
          api.put({ params: { name }, revision: saved.get(name), body: fields }),
        ).catch((error: unknown) => {
          progress.clear();
          if (names.length > 0) print.note(`Saved before "${name}" was refused: ${names.join(', ')}.`);
          throw error;
        });
        names.push(name);
        progress.add(1);
      }
      progress.clear();
      print.show({ saved: names }, () => [`Saved ${names.length} ${kind}${names.length === 1 ? '' : 's'}.`]);
    });
}

/** A name, quoted for a shell if necessary. */
export const quoted = (name: string): string => (/^[\w.:-]+$/.test(name) ? name : `'${name}'`);
