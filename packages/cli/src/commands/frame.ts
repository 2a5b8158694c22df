import type { Guess } from '@fairlead/profiles';
import {
  ByteSink,
  type CodePage,
  codePage,
  type DetailedFrame,
  parseFraming,
  readFraming,
} from '@fairlead/tcp';
import { Option } from 'commander';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { readStdin } from '../input.ts';
import type { Printer } from '../output/printer.ts';
import { withScripts } from '../profile/scripts.ts';
import type { Terminal } from '../terminal.ts';
import { FrameSplitter, passedOver } from '../wire/frames.ts';
import { HexText } from '../wire/hex-text.ts';
import { inputMessages } from '../wire/input.ts';

interface FrameOptions {
  readonly framing: string;
  readonly hex?: boolean;
  readonly encoding?: string;
  readonly sent?: boolean;
}

export function frameCommand(context: Context): CliCommand {
  const group = new CliCommand('frame');
  return group
    .addCommand(splitCommand(context))
    .addCommand(encodeCommand(context))
    .addCommand(guessCommand(context));
}

function framingOption(): Option {
  return new Option(
    '--framing <spec>',
    'framing: raw, line, fixed:N, length:N, JSON, or a file with JSON',
  ).makeOptionMandatory();
}

function splitCommand(context: Context): CliCommand {
  return new CliCommand('split')
    .description(
      'Split the bytes of stdin into frames and print one JSON object per line; exit status 1 if the bytes do not match the framing',
    )
    .addOption(framingOption())
    .option('--hex', 'read stdin as hexadecimal digits')
    .option('--sent', 'the bytes were sent by this side, if the framing differs by direction')
    .option('--encoding <name>', 'also show the payload as text in this encoding')
    .example(
      'fairlead frame split --framing framing.json < capture.bin',
      'show the offset, the bytes and the payload of each frame',
    )
    .example(
      'echo 0002 4869 | fairlead frame split --framing length:2 --hex --encoding utf-8',
      'split bytes given as hexadecimal digits',
    )
    .action((options: FrameOptions) => split(context.terminal, options));
}

async function split(terminal: Terminal, { framing, hex, encoding, sent }: FrameOptions): Promise<void> {
  const direction = sent ? 'sent' : 'received';
  const spec = await readFraming(framing, { encoding });
  const splitter = new FrameSplitter(parseFraming(spec, { detailed: true, direction, encoding }));
  const page = encoding === undefined ? undefined : codePage(encoding, { onInvalid: 'replace' });
  const digits = hex ? new HexText() : undefined;
  const print = (frames: readonly DetailedFrame[]) => printFrames(terminal, frames, page);
  for await (const chunk of terminal.stdin) {
    if (splitter.failure !== undefined || terminal.interrupted.aborted) break;
    await print(splitter.push(digits?.write(chunk) ?? Buffer.from(chunk as Uint8Array)));
  }
  digits?.end();
  if (splitter.failure === undefined) await print(splitter.end());
  const { failure, offset, noise } = splitter;
  terminal.err(passedOver(noise));
  if (failure === undefined) return;
  await terminal.write(Buffer.from(`${JSON.stringify({ offset, error: failure.code })}\n`));
  throw failure;
}

async function printFrames(
  terminal: Terminal,
  frames: readonly DetailedFrame[],
  page?: CodePage,
): Promise<void> {
  if (frames.length === 0) return;
  const lines = frames.map(({ offset, raw, payload, checksum }) => {
    const text = page?.decode(payload);
    const bad = checksum === 'bad' ? { checksum } : {};
    const shown = { offset, hex: raw.toString('hex'), payload: payload.toString('hex'), text, ...bad };
    return `${JSON.stringify(shown)}\n`;
  });
  await terminal.write(Buffer.from(lines.join('')));
}

function encodeCommand(context: Context): CliCommand {
  return new CliCommand('encode')
    .description('Encode each line of stdin as a frame and write the bytes to stdout')
    .addOption(framingOption())
    .option('--hex', 'read and write hexadecimal digits')
    .option('--encoding <name>', 'encoding of the payload; stdin is always UTF-8')
    .example(
      'echo \'{"a":1}\' | fairlead frame encode --framing length:4 | fairlead dial plc:4001',
      'send one message',
    )
    .example(
      'echo 4869 | fairlead frame encode --framing length:2 --hex',
      'encode bytes given as hexadecimal digits; prints 00024869',
    )
    .action((options: FrameOptions) => encode(context.terminal, options));
}

async function encode(terminal: Terminal, { framing, hex, encoding }: FrameOptions): Promise<void> {
  const encoder = parseFraming(await readFraming(framing, { encoding }), { encoding }).encoder();
  const page = encoding === undefined ? undefined : codePage(encoding);
  for await (const message of inputMessages(terminal, { framed: true, page, crlf: false })) {
    const sink = new ByteSink();
    encoder.encode(hex ? fromHex(message) : message, sink);
    const frame = Buffer.concat(sink.flush());
    await terminal.write(hex ? Buffer.from(`${frame.toString('hex')}\n`) : frame);
  }
}

function fromHex(line: Buffer): Buffer {
  const digits = new HexText();
  const bytes = digits.write(line);
  digits.end();
  return bytes;
}

function guessCommand(context: Context): CliCommand {
  return new CliCommand('guess')
    .description('Find framings and profiles that fit the bytes of an unknown device, the best first')
    .example('fairlead frame guess < capture.pcap', 'read what one side of a connection sent')
    .example('fairlead frame guess < tracker-server.log', 'read the hex digits in the lines of a log')
    .action(async (_options: unknown, self: CliCommand) => guess(context, context.printer(self)));
}

async function guess({ terminal }: Context, print: Printer): Promise<void> {
  const { builtinNames, builtinProfile, guessProfile } = await import('@fairlead/profiles');
  const bytes = await readStdin(terminal);
  const profiles = await Promise.all((await builtinNames()).map(builtinProfile));
  const found = await withScripts(terminal, (scripts) => guessProfile(bytes, profiles, scripts));
  print.show(found, () => [
    `Read ${found.bytes} bytes (${found.kind}).`,
    '',
    ...(found.guesses.length === 0 ? ['No framing fits.'] : guessLines(found.guesses)),
  ]);
}

/** A line for each, and below it the framing where it is no profile, and what speaks for it. */
function guessLines(guesses: readonly Guess[]): string[] {
  return guesses.flatMap(({ score, profile, framing, about, because }) => [
    `${score.toFixed(2)}  ${profile === undefined ? about : `${profile}: ${about}`}`,
    ...(profile === undefined ? [`      ${framing}`] : []),
    `      ${because.join(', ')}`,
  ]);
}
