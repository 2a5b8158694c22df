import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { Restored } from '@fairlead/server';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { unreadable } from '../input.ts';
import { count } from '../output/text.ts';

interface RestoreFlags {
  readonly config?: string;
  readonly data?: string;
  readonly replace?: boolean;
  readonly dryRun?: boolean;
}

export function restoreCommand(context: Context): CliCommand {
  return new CliCommand('restore')
    .argument('<file>', 'a file of "fairlead backup", or "-" for stdin')
    .option('--config <file>', 'configuration file of the service; default: fairlead.yaml, if it exists')
    .option('--data <folder>', 'data folder; default: ./fairlead-data')
    .option('--replace', 'move data that is there aside, into a folder inside the data folder')
    .option('--dry-run', 'only check the backup and the folder')
    .example('fairlead restore /backup/fairlead.tar --dry-run', 'check a backup')
    .example(
      'fairlead restore /backup/fairlead.tar --data /var/lib/fairlead --replace',
      'restore it; the service must be stopped',
    )
    .action((file: string, flags: RestoreFlags, self: CliCommand) => restore(context, file, flags, self));
}

async function restore(
  context: Context,
  file: string,
  { config: named, data, replace = false, dryRun = false }: RestoreFlags,
  self: CliCommand,
): Promise<void> {
  const { loadConfig, restoreBackup } = await import('@fairlead/server');
  const { terminal } = context;
  const print = context.printer(self);
  const { config } = loadConfig({ file: named, env: terminal.env, flags: { data } });
  const journal = config.journal.folder ?? join(config.data, 'journal');
  const restored = await restoreBackup({
    source: file === '-' ? bytesOf(terminal.stdin) : fileBytes(file),
    name: file === '-' ? 'stdin' : file,
    data: config.data,
    journal,
    replace,
    dryRun,
    now: terminal.clock.now(),
  });
  print.show({ data: config.data, journal, dryRun, ...restored }, () => page(restored, config.data, dryRun));
}

function page({ manifest, replaced, missingKeys }: Restored, data: string, dryRun: boolean): string[] {
  const { created, fairlead, host, files } = manifest;
  return [
    `A backup of ${host}, made ${created} by Fairlead ${fairlead}: ${count(files.length, 'file')}, all checksums right.`,
    dryRun ? `It can be restored into ${data}. Nothing was changed.` : `Restored into ${data}.`,
    ...replaced.map((folder) => `The data that was there is in ${folder}.`),
    ...missingKeys.map(
      (name) =>
        `${name} is neither in the backup nor in ${data}. Put your copy there before you start the service.`,
    ),
  ];
}

async function* fileBytes(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: 2 ** 18 });
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function* bytesOf(source: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
  for await (const part of source) yield typeof part === 'string' ? Buffer.from(part) : part;
}
