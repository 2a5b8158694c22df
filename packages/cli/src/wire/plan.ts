import { type Codec, type CodePage, codePage, type Payload, parseFraming, readFraming } from '@fairlead/tcp';
import { type Command, Option } from 'commander';
import { countArgument, durationArgument } from '../arguments.ts';
import { formatOf } from '../command.ts';
import { literalBytes } from './literal.ts';

/** The common options of `dial` and `listen`, as commander parses them. */
export interface WireOptions {
  readonly framing?: string;
  readonly encoding?: string;
  readonly strict?: boolean;
  readonly hex?: boolean;
  readonly verbose?: boolean;
  readonly crlf?: boolean;
  readonly send?: readonly string[];
  readonly expect?: string;
  readonly count?: number;
  readonly wait?: number;
  readonly halfClose?: boolean;
}

/** The checked options. They are checked before anything is opened. */
export interface Plan {
  readonly codec: Codec<Buffer, Payload> | undefined;
  readonly framed: boolean;
  readonly page: CodePage | undefined;
  readonly crlf: boolean;
  readonly hex: boolean;
  readonly marks: boolean;
  readonly json: boolean;
  readonly peers: boolean;
  readonly send: readonly Buffer[];
  readonly expect: { readonly text: string; readonly bytes: Buffer } | undefined;
  readonly count: number | undefined;
  /** Milliseconds. */
  readonly wait: number | undefined;
  readonly halfClose: boolean;
}

export function wireOptions(): Option[] {
  return [
    new Option(
      '--framing <spec>',
      'split the stream into frames: raw, line (in the encoding of the peer), fixed:N, length:N, JSON, or a file with JSON',
    ),
    new Option(
      '--encoding <name>',
      'text encoding of the peer, such as windows-1252; stdin and stdout are UTF-8',
    ),
    new Option(
      '--strict',
      'end at bytes that are not valid in the encoding; by default they are shown as U+FFFD',
    ),
    new Option('-x, --hex', 'print bytes as a hex dump'),
    new Option('-v, --verbose', 'also print what is sent, with time and direction: > sent, < received'),
    new Option('--send <text>', 'text to send after connecting, instead of stdin; may be repeated').argParser(
      (text: string, earlier: readonly string[] = []) => [...earlier, text],
    ),
    new Option('--crlf', 'send each line feed as CR LF'),
    new Option('-N, --half-close', 'close the sending side after stdin or --send has been sent'),
    new Option(
      '--expect <text>',
      'end with exit status 0 after this was received; status 1 if the peer closes before',
    ),
    new Option(
      '-C, --count <count>',
      'end after this many frames, or chunks if there is no framing',
    ).argParser(countArgument(1, 1_000_000_000)),
    new Option(
      '-W, --wait <seconds>',
      'end after this time; exit status 5 if --expect or -C was not reached',
    ).argParser(durationArgument),
  ];
}

/** Throws `USAGE_INVALID`, `FRAMING_SPEC_INVALID`, `CODE_PAGE_UNKNOWN` or `TEXT_NOT_ENCODABLE`. */
export async function planOf(
  options: WireOptions,
  command: Command,
  { peers }: { peers: boolean },
): Promise<Plan> {
  const { framing, encoding, strict = false, crlf = false, send = [], expect } = options;
  const codec =
    framing === undefined ? undefined : parseFraming(await readFraming(framing, { encoding }), { encoding });
  if (codec !== undefined && crlf)
    command.error('error: --crlf cannot be combined with --framing, which defines how lines end');
  if (strict && encoding === undefined) command.error('error: --strict needs --encoding');
  // Text that cannot be encoded is always an error. It is never replaced by other text.
  const sending = encoding === undefined ? undefined : codePage(encoding);
  const literal = { page: sending, crlf };
  const expected = expect === undefined ? undefined : { text: expect, bytes: literalBytes(expect, literal) };
  if (expected?.bytes.length === 0) command.error('error: --expect must not be empty');
  return {
    codec,
    framed: codec !== undefined && codec.name !== 'raw',
    page: sending === undefined ? undefined : twoWay(sending, codePage(sending.name, onInvalid(strict))),
    crlf,
    hex: options.hex ?? false,
    marks: options.verbose ?? false,
    json: formatOf(command) === 'json',
    peers,
    send: send.map((text) => literalBytes(text, literal)),
    expect: expected,
    count: options.count,
    wait: options.wait,
    halfClose: options.halfClose ?? false,
  };
}

/** Combines the encoder of one codec with the decoder of another. */
function twoWay(sending: CodePage, receiving: CodePage): CodePage {
  return {
    name: sending.name,
    onInvalid: receiving.onInvalid,
    encode: (text) => sending.encode(text),
    encodable: (text) => sending.encodable(text),
    decode: (bytes) => receiving.decode(bytes),
    decoder: () => receiving.decoder(),
  };
}

function onInvalid(strict: boolean): { onInvalid: 'strict' | 'replace' } {
  return { onInvalid: strict ? 'strict' : 'replace' };
}
