import {
  type Codec,
  type CodePage,
  codePage,
  Deframer,
  delimited,
  type TextStream,
  tcpLimits,
} from '@fairlead/tcp';
import type { Terminal } from '../terminal.ts';

interface InputOptions {
  /** Whether each line of stdin is one message; else bytes are sent as they come. */
  readonly framed: boolean;
  /** Stdin is UTF-8 and is sent in this encoding. */
  readonly page?: CodePage | undefined;
  /** Whether each line feed is sent as CR LF. */
  readonly crlf: boolean;
}

/** The messages of stdin. Throws `TEXT_NOT_ENCODABLE`, `TEXT_INVALID`, `FRAME_TOO_LARGE`. */
export async function* inputMessages(terminal: Terminal, options: InputOptions): AsyncGenerator<Buffer> {
  const lines = options.framed
    ? new Lines(delimited({ delimiter: '\n', max: tcpLimits.values.frame }))
    : undefined;
  const convert = new Conversion(options);
  for await (const chunk of terminal.stdin) {
    if (terminal.interrupted.aborted) return;
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk);
    for (const part of lines === undefined ? [bytes] : lines.push(bytes)) {
      const message = convert.message(part);
      if (message.length > 0 || options.framed) yield message;
    }
  }
  for (const line of lines?.end() ?? []) yield convert.message(line);
  const rest = convert.end();
  if (rest.length > 0) yield rest;
}

/** Lines of bytes without line ends. The last line needs no line end. */
class Lines {
  readonly #deframer: Deframer<Buffer>;

  constructor(codec: Codec<Buffer, never> | ReturnType<typeof delimited>) {
    this.#deframer = new Deframer(codec.decoder(), codec.name);
  }

  push(chunk: Buffer): Buffer[] {
    const lines = this.#deframer.push(chunk).map(withoutCr);
    if (this.#deframer.failure !== undefined) throw this.#deframer.failure;
    return lines;
  }

  end(): Buffer[] {
    return this.#deframer.pending === 0 ? [] : this.push(LF);
  }
}

/** Converts line ends and encoding of sent data. */
class Conversion {
  readonly #options: InputOptions;
  readonly #text: TextStream | undefined;
  #lastWasCr = false;

  constructor(options: InputOptions) {
    this.#options = options;
    if (options.page !== undefined && !options.framed) this.#text = codePage('utf-8').decoder();
  }

  message(bytes: Buffer): Buffer {
    const { page, framed, crlf } = this.#options;
    const lines = crlf ? this.#crlf(bytes) : bytes;
    if (page === undefined) return lines;
    if (framed) return page.encode(codePage('utf-8').decode(lines));
    const stream = this.#text as TextStream;
    const text = stream.write(lines);
    if (stream.failure !== undefined) throw stream.failure;
    return page.encode(text);
  }

  end(): Buffer {
    return Buffer.from(this.#text?.end() ?? '');
  }

  #crlf(bytes: Buffer): Buffer {
    const parts: Buffer[] = [];
    let from = 0;
    for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) {
      const hasCr = at === 0 ? this.#lastWasCr : bytes[at - 1] === 0x0d;
      if (!hasCr) {
        parts.push(bytes.subarray(from, at), CR);
        from = at;
      }
    }
    if (bytes.length > 0) this.#lastWasCr = bytes.at(-1) === 0x0d;
    return parts.length === 0 ? bytes : Buffer.concat([...parts, bytes.subarray(from)]);
  }
}

function withoutCr(line: Buffer): Buffer {
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
}

const CR = Buffer.from('\r');
const LF = Buffer.from('\n');
