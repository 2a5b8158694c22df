import type { DeviceChanges, NewDevice } from '@fairlead/api';
import { bytes, isFairleadError } from '@fairlead/core';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { readInput } from '../input.ts';
import type { Terminal } from '../terminal.ts';

/** The options that define a device, as commander parses them; `false` stands for `--no-...`. */
export interface Definition {
  readonly label?: string | false;
  readonly framing?: string | false;
  readonly uplink?: string | false;
  readonly downlink?: string | false;
  readonly inboundBuffer?: number;
  readonly outboundBuffer?: number;
  readonly authReply?: string | false;
  readonly heartbeatEcho?: boolean;
  readonly ack?: string | false;
  readonly tokenFile?: string;
  readonly parent?: string;
  readonly address?: string;
}

/** Fields of a device for the service. */
type DeviceFields = Omit<NewDevice, 'name'> & DeviceChanges;

/** The options that `device add` and `device edit` share. */
export function definitionOptions({ clearable = false } = {}): Option[] {
  const plain = [
    new Option('--label <text>', 'free text that describes the device'),
    new Option('--framing <spec>', 'framing: raw, line, fixed:N, length:N, JSON, or a file with JSON'),
    new Option('--uplink <file>', 'file with the script that decodes bytes into readings'),
    new Option(
      '--downlink <file>',
      'file with the script that encodes commands into bytes, if it is not in the uplink script',
    ),
    new Option('--auth-reply <hex>', 'bytes to send after its token was accepted').argParser(hexArgument),
    new Option('--ack <hex>', 'bytes to send after each message was accepted').argParser(hexArgument),
  ];
  return [
    ...plain,
    new Option('--heartbeat-echo', 'echo its heartbeats'),
    new Option('--inbound-buffer <size>', 'largest piece to read at once, such as 1KiB').argParser(
      sizeArgument,
    ),
    new Option('--outbound-buffer <size>', 'largest piece to write at once').argParser(sizeArgument),
    ...(clearable
      ? [...plain.map(clearing), new Option('--no-heartbeat-echo', 'do not echo its heartbeats')]
      : []),
  ];
}

function clearing(option: Option): Option {
  return new Option(`--no-${option.name()}`, `remove the ${option.name()}`);
}

/** The request body. Files are read and the framing is checked before anything is sent. */
export async function definitionOf(
  options: Definition,
  command: Command,
  terminal: Terminal,
): Promise<DeviceFields> {
  const { tokenFile, framing, uplink, downlink, parent, address, ...rest } = options;
  if ((parent === undefined) !== (address === undefined)) {
    command.error('error: a sub-device needs both --parent and --address');
  }
  if (parent !== undefined) {
    const own = ['protocol', 'type', 'framing', 'tokenFile'].filter(
      (name) => command.getOptionValueSource(name) === 'cli',
    );
    if (own.length > 0) {
      command.error(
        `error: a sub-device has no ${own[0] === 'tokenFile' ? 'token' : own[0]}; set it on its gateway`,
      );
    }
  }
  const body: Record<string, unknown> = {
    ...rest,
    framing: typeof framing === 'string' ? await framingOf(framing) : framing,
    uplink: await script(uplink, terminal),
    downlink: await script(downlink, terminal),
    token: tokenFile === undefined ? undefined : (await readInput(tokenFile, terminal)).replace(/\r?\n$/, ''),
    ...(parent === undefined ? {} : { parent, address, protocol: undefined, type: undefined }),
  };
  return Object.fromEntries(
    Object.entries(body)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, value === false && name !== 'heartbeatEcho' ? null : value]),
  );
}

async function framingOf(text: string): Promise<string> {
  const { readFraming } = await import('@fairlead/tcp');
  return readFraming(text);
}

function script(path: string | false | undefined, terminal: Terminal): Promise<string> | false | undefined {
  return typeof path === 'string' ? readInput(path, terminal) : path;
}

function hexArgument(text: string): string {
  const hex = text.replace(/[\s:]/g, '');
  if (/^([0-9a-f]{2})+$/i.test(hex)) return hex.toLowerCase();
  throw new InvalidArgumentError('Write bytes in hexadecimal, such as 78780501.');
}

function sizeArgument(text: string): number {
  try {
    return bytes(/^\d+$/.test(text) ? Number(text) : text);
  } catch (error) {
    if (!isFairleadError(error)) throw error;
    throw new InvalidArgumentError('Write a size such as 512B, 1KiB, or a number of bytes.');
  }
}
