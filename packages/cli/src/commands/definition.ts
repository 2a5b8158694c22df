import { X509Certificate } from 'node:crypto';
import type { DeviceChanges, NewDevice } from '@fairlead/api';
import { bytes, isFairleadError } from '@fairlead/core';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { durationArgument } from '../arguments.ts';
import { cliErrors } from '../catalogue.ts';
import { readInput } from '../input.ts';
import { type ParameterOptions, parameterOptions, parametersOf } from '../parameters.ts';
import type { Terminal } from '../terminal.ts';

/** The options that define a device, as commander parses them; `false` stands for `--no-...`. */
export interface Definition extends ParameterOptions {
  readonly label?: string | false;
  readonly framing?: string | false;
  readonly uplink?: string | false;
  readonly downlink?: string | false;
  readonly inboundBuffer?: number;
  readonly outboundBuffer?: number;
  readonly authReply?: string | false;
  readonly heartbeatEcho?: boolean;
  readonly ack?: string | false;
  readonly profile?: string | false;
  readonly id?: string;
  readonly secretFile?: string;
  /** True unless `--no-secret` is given. */
  readonly secret?: boolean;
  readonly unknownSubDevices?: string | false;
  /** Milliseconds; false: back to what the profile says. */
  readonly keep?: number | false;
  readonly window?: number | false;
  readonly gap?: number | false;
  readonly rate?: RateLimit | false;
  readonly rateExceeded?: 'wait' | 'refuse';
  /** The texts and files of `--certificate`. */
  readonly certificate?: readonly string[] | false;
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
    new Option('--profile <name>', 'profile of the device; "fairlead profile ls" lists them'),
    new Option('--framing <spec>', 'framing: raw, line, fixed:N, length:N, JSON, or a file with JSON'),
    new Option('--uplink <file>', 'file with the script that decodes bytes into readings'),
    new Option(
      '--downlink <file>',
      'file with the script that encodes commands into bytes, if it is not in the uplink script',
    ),
    new Option('--auth-reply <hex>', 'bytes to send after its token was accepted').argParser(hexArgument),
    new Option('--ack <hex>', 'bytes to send after each message was accepted').argParser(hexArgument),
  ];
  const terms = [
    new Option('--keep <duration>', 'keep messages for so long while it is not connected'),
    new Option('--window <duration>', 'it listens only for so long after it was heard'),
    new Option('--gap <duration>', 'least time between two kept messages'),
  ].map((option) => option.argParser(durationArgument));
  const rate = new Option(
    '--rate <limit>',
    'most that it may send, in place of the rates of its profile and listener: 50/1s, 64KiB/1s or 50,64KiB/1s; all of it may come at once',
  ).argParser(rateLimitArgument);
  const certificate = new Option(
    '--certificate <identity>',
    'what a certificate of it says: cn:NAME, dns:NAME, uri:URI, subject:DN, fingerprint:SHA-256, or a PEM file, whose fingerprint is taken; can be repeated',
  ).argParser((text: string, earlier: readonly string[] = []) => [...earlier, text]);
  return [
    ...plain,
    new Option('--id <identity>', 'what the device says it is, such as its IMEI; its profile recognises it'),
    new Option('--secret-file <file>', 'file with the secret of the device; "-" reads stdin'),
    ...parameterOptions(),
    new Option(
      '--unknown-sub-devices <policy>',
      'what becomes of unregistered devices behind a gateway device',
    ).choices(['refuse', 'inbox', 'create']),
    ...terms,
    rate,
    new Option(
      '--rate-exceeded <what>',
      'with --rate: wait reads the device no faster, refuse drops what is too much (default: wait)',
    ).choices(['wait', 'refuse']),
    certificate,
    new Option('--heartbeat-echo', 'echo its heartbeats'),
    new Option('--inbound-buffer <size>', 'largest piece to read at once, such as 1KiB').argParser(
      sizeArgument,
    ),
    new Option('--outbound-buffer <size>', 'largest piece to write at once').argParser(sizeArgument),
    ...(clearable
      ? [
          ...[...plain, ...terms, rate, certificate].map(clearing),
          new Option('--no-secret', 'remove the secret'),
          new Option('--no-parameters', 'remove all parameters; the defaults of the profile apply'),
          new Option('--no-heartbeat-echo', 'do not echo its heartbeats'),
        ]
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
  const { tokenFile, framing, uplink, downlink, parent, address, keep, window, gap, ...more } = options;
  const {
    id: identity,
    secretFile,
    secret,
    parameter,
    parameters,
    rate,
    rateExceeded,
    certificate,
    ...rest
  } = more;
  if (rateExceeded !== undefined && !rate) command.error('error: --rate-exceeded needs --rate');
  if (parent !== undefined) checkSubDevice(options, command);
  // The service knows the protocol of a device with a profile.
  const isChosen = parent === undefined && command.getOptionValueSource('protocol') === 'cli';
  const protocol = options.profile === undefined || isChosen ? undefined : { protocol: undefined };
  const body: Record<string, unknown> = {
    ...rest,
    ...protocol,
    framing: typeof framing === 'string' ? await framingOf(framing) : framing,
    uplink: await script(uplink, terminal),
    downlink: await script(downlink, terminal),
    identity,
    downlinks: termsOf({ keep, window, gap }),
    rate: rate && rateExceeded !== undefined ? { ...rate, exceeded: rateExceeded } : rate,
    certificates: Array.isArray(certificate)
      ? await Promise.all(certificate.map((text: string) => certificateIdentity(text, terminal)))
      : certificate,
    secret:
      secretFile === undefined ? (secret === false ? false : undefined) : await line(secretFile, terminal),
    parameters: parameters === false ? false : await parametersOf({ parameter, parameters }, terminal),
    token: tokenFile === undefined ? undefined : await line(tokenFile, terminal),
    ...(parent === undefined
      ? { endpoint: address }
      : { parent, address, protocol: undefined, type: undefined }),
  };
  return Object.fromEntries(
    Object.entries(body)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, value === false && name !== 'heartbeatEcho' ? null : value]),
  );
}

/** Terms that are false are taken back to what the profile says. */
function termsOf(terms: Readonly<Record<string, number | false | undefined>>): object | undefined {
  const given = Object.entries(terms).filter(([, value]) => value !== undefined);
  if (given.length === 0) return undefined;
  return Object.fromEntries(given.map(([key, value]) => [key, value === false ? null : value]));
}

/** What it is known by, and how it is read, are its gateway's. */
function checkSubDevice({ address }: Definition, command: Command): void {
  if (address === undefined) command.error('error: a sub-device needs both --parent and --address');
  const names: Readonly<Record<string, string>> = {
    protocol: 'protocol',
    type: 'type',
    framing: 'framing',
    tokenFile: 'token',
    id: 'identity',
    secretFile: 'secret',
  };
  const own = Object.keys(names).find((name) => command.getOptionValueSource(name) === 'cli');
  if (own !== undefined) command.error(`error: a sub-device has no ${names[own]}; set it on its gateway`);
}

/** The text of a file without the line end at its end. */
async function line(path: string, terminal: Terminal): Promise<string> {
  return (await readInput(path, terminal)).replace(/\r?\n$/, '');
}

async function framingOf(text: string): Promise<string> {
  const { readFraming } = await import('@fairlead/tcp');
  return readFraming(text);
}

/** A text such as `cn:plc-7` as it is; else the fingerprint of the certificate in the file. */
async function certificateIdentity(text: string, terminal: Terminal): Promise<string> {
  if (/^(cn|dns|uri|subject|fingerprint):/.test(text)) return text;
  const pem = await readInput(text, terminal);
  try {
    return `fingerprint:${new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase()}`;
  } catch (error) {
    throw cliErrors.error('FILE_UNREADABLE', { path: text, reason: 'no certificate (PEM) is in it' }, error);
  }
}

interface RateLimit {
  readonly messages?: number;
  readonly bytes?: number;
  readonly per: number;
}

/** `50/1s`, `64KiB/1s`, `50,64KiB/1s`: a number is of messages, a size of bytes. */
function rateLimitArgument(text: string): RateLimit {
  const [, messages, size, per] =
    /^(\d+)?(?:(?:(?<=\d),|^)(\d+(?:\.\d+)?[A-Za-z]+))?\/(.+)$/.exec(text) ?? [];
  if (per === undefined || (messages ?? size) === undefined)
    throw new InvalidArgumentError('Write 50/1s, 64KiB/1s or 50,64KiB/1s.');
  return {
    ...(messages === undefined ? {} : { messages: Number(messages) }),
    ...(size === undefined ? {} : { bytes: sizeArgument(size) }),
    per: durationArgument(/^\d/.test(per) ? per : `1${per}`),
  };
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
