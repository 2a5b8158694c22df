import { stat } from 'node:fs/promises';
import { ProblemError, type ReplayLineView } from '@fairlead/api';
import { isFairleadError } from '@fairlead/core';
import type { ProfileDefinition } from '@fairlead/profiles';
import { cliErrors } from '../catalogue.ts';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { apiOf } from '../http/api.ts';
import type { Printer } from '../output/printer.ts';
import { count } from '../output/text.ts';
import { type DeviceOptions, deviceOptions } from '../profile/device-options.ts';
import { captureFile, captureLines } from '../replay/capture-lines.ts';
import { differenceText } from '../replay/text.ts';
import type { Terminal } from '../terminal.ts';

interface ReplayFlags extends DeviceOptions {
  readonly profile: string;
  readonly diff?: boolean;
  readonly frames?: boolean;
  readonly known?: boolean;
  readonly publish?: boolean;
  readonly device?: string;
}

type Line = Exclude<ReplayLineView, { readonly failed: object }>;
type Summary = Extract<ReplayLineView, { readonly summary: object }>['summary'];

export function replayCommand(context: Context): CliCommand {
  const command = new CliCommand('replay')
    .argument(
      '<capture>',
      'id of a capture of the service, a file of "fairlead capture export", or "-" for stdin',
    )
    .requiredOption(
      '--profile <profile>',
      'a folder such as ./my-meter, or the name of a profile: of the service for a capture of the service, else of the catalogue',
    )
    .option('--diff', 'compare with what the capture recorded; exit status 1 if something differs')
    .option(
      '--frames',
      'decode the frames of the capture instead of its bytes: of devices of the official protocol',
    )
    .option('--known', 'the first bytes hold no token, and no frame must identify the device')
    .option('--publish', 'publish the messages, as those of --device; without it nothing leaves')
    .option('--device <name>', 'the device whose messages are published');
  for (const option of deviceOptions()) command.addOption(option);
  return command
    .example('fairlead replay truck.jsonl --profile gt06', 'decode a capture again, without a service')
    .example('fairlead replay 5c0f12ab --profile ./my-gt06 --diff', 'what a changed script would change')
    .example(
      'fairlead replay 5c0f12ab --profile gt06 --publish --device truck-7',
      'publish what an earlier script has missed',
    )
    .action((capture: string, flags: ReplayFlags, self: CliCommand) =>
      replay(context, capture, flags, context.printer(self)),
    );
}

async function replay(
  { terminal }: Context,
  capture: string,
  flags: ReplayFlags,
  print: Printer,
): Promise<void> {
  const isFolder = /[/\\.]/.test(flags.profile);
  const isFile = await isLocal(capture);
  if (flags.publish && (isFile || isFolder))
    throw cliErrors.error('USAGE_INVALID', {
      reason:
        '--publish needs a capture and a profile of the service. "fairlead profile add ./FOLDER" stores a profile there.',
    });
  if (flags.publish && flags.device === undefined)
    throw cliErrors.error('USAGE_INVALID', { reason: '--publish needs --device NAME.' });
  const lines =
    isFile || isFolder
      ? local(
          terminal,
          isFile ? captureFile(capture, terminal) : apiOf(terminal).exportCapture(capture, 'jsonl'),
          capture,
          flags,
        )
      : remote(terminal, capture, flags);
  let differences = 0;
  for await (const line of lines) {
    if (terminal.interrupted.aborted) return;
    if ('summary' in line) {
      differences = line.summary.differences;
      ended(line.summary, flags, print);
    } else if (print.json || !('diff' in line))
      await terminal.write(Buffer.from(`${JSON.stringify(line)}\n`));
    else await terminal.write(Buffer.from(`${differenceText(line, print)}\n`));
  }
  if (flags.diff && differences > 0)
    throw cliErrors.error('REPLAY_DIFFERS', { differences: count(differences, 'difference') });
}

function ended(summary: Summary, { diff, publish }: ReplayFlags, print: Printer): void {
  const { links, frames, messages, errors, differences, missed, unreadable, published, refused } = summary;
  if (print.json && diff) print.line(JSON.stringify({ summary }));
  const parts = [
    `${count(frames, 'frame')} on ${count(links, 'link')}: ${count(messages, 'message')}, ${count(errors, 'error')}.`,
    ...(diff ? [differences === 0 ? 'Nothing differs.' : `${count(differences, 'difference')}.`] : []),
    ...(missed === 0 ? [] : [`The capture lacks ${count(missed, 'event')}.`]),
    ...(unreadable === 0 ? [] : [`${count(unreadable, 'line')} could not be read.`]),
    ...(publish
      ? [`Published ${count(published, 'message')}${refused === 0 ? '' : `, ${refused} were refused`}.`]
      : []),
  ];
  print.note(parts.join(' '));
}

/** In a sandbox of this process; a service is asked only for what is not here. */
async function* local(
  terminal: Terminal,
  chunks: AsyncIterable<Uint8Array>,
  path: string,
  flags: ReplayFlags,
): AsyncGenerator<Line> {
  const { createSandbox } = await import('@fairlead/sandbox');
  await using sandbox = createSandbox({ onLog: ({ level, text }) => terminal.err(`${level}: ${text}\n`) });
  sandbox.start();
  const { parsedLine, Replay } = await import('@fairlead/profiles'); // loaded while the sandbox starts
  const { linkTerms } = await import('../profile/open-link.ts');
  const profile = await profileNamed(terminal, flags.profile);
  const terms = { ...(await linkTerms(profile, flags, terminal)), known: flags.known };
  const script = profile.script === undefined ? undefined : await sandbox.load(profile.script);
  const { diff, frames } = flags;
  const run = new Replay({ profile, script, setup: () => terms, diff, frames });
  for await (const item of run.run(captureLines(chunks, path, parsedLine)))
    if ('difference' in item) yield item.difference as Line;
    else if (!diff) yield item.frame as Line;
  yield { summary: { ...run.summary, published: 0, refused: 0 } };
}

/** By the service, with a profile of it. */
async function* remote(terminal: Terminal, id: string, flags: ReplayFlags): AsyncGenerator<Line> {
  const { parameter, parameters, secretFile } = flags;
  if ((parameter ?? parameters ?? secretFile) !== undefined)
    throw cliErrors.error('USAGE_INVALID', {
      reason: 'The service takes parameters and the secret from the device. Leave these options out.',
    });
  const { profile, diff, frames, known, publish, device } = flags;
  const body = { profile, diff, frames, known, publish, device };
  for await (const line of apiOf(terminal).replay(id, body)) {
    if (!('failed' in line)) {
      yield line;
      continue;
    }
    const { code, message } = line.failed;
    throw new ProblemError(500, code, message, undefined, {});
  }
}

/** A folder, or a name of the catalogue; else the service may have it. */
async function profileNamed(terminal: Terminal, name: string): Promise<ProfileDefinition> {
  const { findProfile } = await import('../profile/find.ts');
  try {
    return await findProfile(name);
  } catch (error) {
    if (!isFairleadError(error) || error.code !== 'PROFILE_NOT_FOUND') throw error;
    const found = await apiOf(terminal)
      .profiles.files({ params: { name } })
      .catch(() => undefined); // without a service there is the catalogue alone
    if (found === undefined) throw error;
    const { parseProfile } = await import('@fairlead/profiles');
    return parseProfile(found.files, name);
  }
}

/** The id of a capture has neither slash nor dot. */
async function isLocal(capture: string): Promise<boolean> {
  if (capture === '-' || /[/\\.]/.test(capture)) return true;
  const info = await stat(capture).catch(() => undefined);
  return info?.isFile() === true;
}
