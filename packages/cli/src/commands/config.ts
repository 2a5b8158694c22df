import type { CheckedConfig, ExplainedKey } from '@fairlead/server';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { complaint } from '../hint.ts';
import type { Printer } from '../output/printer.ts';

export function configCommand(context: Context): CliCommand {
  const check = new CliCommand('check')
    .argument('[file]', 'configuration file; default: fairlead.yaml, if it exists')
    .description('Check a configuration file and the environment variables, without starting the service')
    .example('fairlead config check', 'show which keys are set, and where')
    .example(
      'fairlead config check /etc/fairlead.yaml && systemctl restart fairlead',
      'check before a restart',
    )
    .action((file: string | undefined, _options: unknown, self: CliCommand) =>
      checkFile(context, file, context.printer(self)),
    );
  return new CliCommand('config').addCommand(check);
}

async function checkFile({ terminal }: Context, file: string | undefined, print: Printer): Promise<void> {
  const { checkConfig, explainConfig } = await import('@fairlead/server');
  const checked = checkConfig({ file, env: terminal.env });
  const settings = checked.loaded === undefined ? [] : explainConfig(checked.loaded);
  print.show(documentOf(checked, settings), () => page(checked, settings, print));
  for (const warning of checked.warnings) print.note(`Warning: ${warning}`);
  const last = checked.problems.at(-1);
  if (last === undefined) return;
  for (const problem of checked.problems.slice(0, -1)) terminal.err(await complaint(problem));
  throw last;
}

function documentOf(
  { loaded, problems, warnings }: CheckedConfig,
  settings: readonly ExplainedKey[],
): object {
  return { valid: loaded !== undefined, file: loaded?.file, warnings, problems, settings };
}

function page({ loaded }: CheckedConfig, settings: readonly ExplainedKey[], print: Printer): string[] {
  if (loaded === undefined) return [];
  const valid = loaded.file === undefined ? 'No fairlead.yaml here.' : `${loaded.file} is valid.`;
  const set = settings.filter(({ source }) => source !== 'default');
  if (set.length === 0) return [valid, 'Every key has its default.'];
  const rows = print.table<ExplainedKey>(
    [
      { head: 'KEY', cell: ({ key }) => key },
      { head: 'VALUE', cell: ({ value }) => (typeof value === 'string' ? value : JSON.stringify(value)) },
      { head: 'SET BY', cell: ({ source }) => source },
    ],
    set,
  );
  return [valid, ...rows, 'Every other key has its default.'];
}
