import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { cliErrors } from '../catalogue.ts';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { apiOf } from '../http/api.ts';
import { unwritable } from '../input.ts';
import { Progress } from '../output/progress.ts';
import { count, size } from '../output/text.ts';

interface BackupFlags {
  readonly keys?: boolean;
  readonly force?: boolean;
  readonly without?: readonly Part[];
}

type Part = 'history' | 'captures';

export function backupCommand(context: Context): CliCommand {
  return new CliCommand('backup')
    .argument('<file>', 'file to write, or "-" for stdout')
    .option(
      '--keys',
      "include the keys that encrypt secrets, and the administrator's token: who has the file can then read and do everything",
    )
    .addOption(
      new Option('--without <parts>', 'leave out: history, captures, or history,captures').argParser(
        partsArgument,
      ),
    )
    .option('--force', 'replace the file if it exists')
    .example('fairlead backup /backup/fairlead.tar', 'copy all data of the running service, without its keys')
    .example('fairlead backup --without history,captures small.tar', 'only what cannot be made again')
    .example('fairlead backup --keys - | gpg -c > fairlead.tar.gpg', 'with the keys, encrypted')
    .action((file: string, flags: BackupFlags, self: CliCommand) =>
      file === '-' ? toStdout(context, flags) : toFile(context, file, flags, self),
    );
}

function partsArgument(text: string): Part[] {
  return text.split(',').map((part) => {
    if (part !== 'history' && part !== 'captures')
      throw new InvalidArgumentError('Write history, captures, or history,captures.');
    return part;
  });
}

async function toStdout({ terminal }: Context, { keys = false, without }: BackupFlags): Promise<void> {
  const { readBackup } = await import('@fairlead/server');
  async function* shown() {
    for await (const part of apiOf(terminal).backup({ keys, without })) {
      await terminal.write(part);
      yield part;
    }
  }
  await readBackup(shown(), 'the answer of the service');
}

/** Checked as it comes, and there whole or not at all. */
async function toFile(
  context: Context,
  file: string,
  { keys = false, force = false, without }: BackupFlags,
  self: CliCommand,
): Promise<void> {
  const { readBackup } = await import('@fairlead/server');
  const print = context.printer(self);
  if (!force && existsSync(file))
    throw cliErrors.error('FILE_UNWRITABLE', {
      path: file,
      reason: 'it exists already; --force replaces it',
    });
  const part = `${file}.part`;
  const hash = createHash('sha256');
  let bytes = 0;
  let handle: FileHandle | undefined;
  using progress = new Progress(context.terminal, file);
  async function* written(target: FileHandle) {
    for await (const chunk of apiOf(context.terminal).backup({ keys, without })) {
      hash.update(chunk);
      bytes += chunk.length;
      progress.add(chunk.length);
      await target.writeFile(chunk).catch((error) => {
        throw unwritable(part, error);
      });
      yield chunk;
    }
  }
  try {
    handle = await openPart(part);
    const manifest = await readBackup(written(handle), 'the answer of the service');
    progress.clear();
    await handle.sync();
    await handle.close();
    await rename(part, file);
    await syncFolder(dirname(resolve(file)));
    const path = resolve(file);
    print.show({ path, bytes, sha256: hash.digest('hex'), ...manifest }, () => [
      `${file}: ${size(bytes)}, ${count(manifest.files.length, 'file')}, checked.`,
      ...keysNote(manifest.keys),
    ]);
  } catch (error) {
    await handle?.close().catch(() => {});
    if (handle !== undefined) await rm(part, { force: true });
    throw error;
  }
}

async function openPart(part: string): Promise<FileHandle> {
  try {
    await rm(part, { force: true });
    return await open(part, 'wx', 0o600);
  } catch (error) {
    throw unwritable(part, error);
  }
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r');
  await folder.sync();
}

function keysNote(keys: 'included' | 'left out' | 'environment'): string[] {
  return {
    included: ["It contains the keys and the administrator's token. Keep it as safe as the data folder."],
    'left out': [
      'It contains no keys. Keep secret.key and device-secrets.key in another place: without them, secrets and saved automation cannot be read.',
    ],
    environment: ['Its secrets need the same FAIRLEAD_SECRET_KEY.'],
  }[keys];
}
