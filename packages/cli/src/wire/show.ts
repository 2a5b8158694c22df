import { isUtf8 } from 'node:buffer';
import type { CodePage, TextStream } from '@fairlead/tcp';
import { paint } from '../output/paint.ts';
import { CONTROLS } from '../screen.ts';
import type { Terminal } from '../terminal.ts';
import { hexDump } from './hex-dump.ts';

/** How an exchange is printed. */
interface ShowOptions {
  readonly page?: CodePage | undefined;
  /** Whether the received pieces are frames. */
  readonly framed: boolean;
  readonly hex: boolean;
  /** Whether sent data is printed too, with direction and time. */
  readonly marks: boolean;
  readonly json: boolean;
  /** Whether each line names the peer. */
  readonly peers: boolean;
}

type Direction = 'in' | 'out';

/** Prints the traffic of one peer. */
export class Show {
  readonly #options: ShowOptions;
  readonly #terminal: Terminal;
  readonly #peer: string;
  readonly #offsets = { in: 0, out: 0 };
  readonly #streams: Readonly<Record<Direction, TextStream>> | undefined;

  constructor(options: ShowOptions, terminal: Terminal, peer: string) {
    this.#options = options;
    this.#terminal = terminal;
    this.#peer = peer;
    const { page, framed } = options;
    if (page !== undefined && !framed) this.#streams = { in: page.decoder(), out: page.decoder() };
  }

  /** Resolves when stdout has accepted it. Throws `TEXT_INVALID` if the encoding is strict. */
  async pieces(direction: Direction, pieces: readonly Buffer[]): Promise<void> {
    const { hex, marks, json } = this.#options;
    if (direction === 'out' && !marks) return;
    const shown = pieces.map((piece) => {
      if (json) return this.#json(direction, piece);
      if (!hex && !marks) return this.#plain(direction, piece);
      return this.#lines(direction, piece)
        .map((line) => `${line}\n`)
        .join('');
    });
    const parts = shown.map((part) => (typeof part === 'string' ? Buffer.from(part) : part));
    await this.#terminal.write(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts));
    const failure = this.#streams?.[direction].failure;
    if (failure !== undefined) throw failure;
  }

  /** The bytes of an incomplete character. */
  async end(): Promise<void> {
    const { hex, marks, json } = this.#options;
    const rest = this.#streams?.in.end() ?? '';
    if (rest !== '' && !hex && !marks && !json) await this.#terminal.write(Buffer.from(rest));
  }

  #plain(direction: Direction, piece: Buffer): Buffer | string {
    const { framed } = this.#options;
    const text = this.#text(direction, piece);
    if (!framed) return text ?? piece;
    return text === undefined ? Buffer.concat([piece, LF]) : `${text}\n`;
  }

  #lines(direction: Direction, piece: Buffer): string[] {
    const { hex, marks } = this.#options;
    const mark = marks ? this.#mark(direction) : '';
    if (!hex) return [mark + visible(this.#text(direction, piece) ?? piece)];
    const offset = this.#options.framed ? 0 : this.#offsets[direction];
    this.#offsets[direction] += piece.length;
    const dump = hexDump(piece, offset);
    return (dump.length === 0 ? ['(empty)'] : dump).map((line) => mark + line);
  }

  #json(direction: Direction, piece: Buffer): string {
    const text = this.#text(direction, piece);
    const time = new Date(this.#terminal.clock.now()).toISOString();
    const object = { time, direction, peer: this.#peer, hex: piece.toString('hex'), text };
    return `${JSON.stringify(object)}\n`;
  }

  #mark(direction: Direction): string {
    const { dim, green, yellow } = paint(this.#terminal.colour);
    const now = new Date(this.#terminal.clock.now());
    const time = `${now.toTimeString().slice(0, 8)}.${String(now.getMilliseconds()).padStart(3, '0')}`;
    const peer = this.#options.peers ? ` ${this.#peer}` : '';
    return `${dim(time + peer)} ${direction === 'in' ? green('<') : yellow('>')} `;
  }

  #text(direction: Direction, piece: Buffer): string | undefined {
    const { page } = this.#options;
    return this.#streams === undefined ? page?.decode(piece) : this.#streams[direction].write(piece);
  }
}

/** Text on one line: control characters are written as `\n` and `\x1b`, and bytes that are not text as `\xff`. */
function visible(of: Buffer | string): string {
  const binary = typeof of !== 'string' && !isUtf8(of);
  const text = binary ? of.toString('latin1') : of.toString();
  const hidden = binary ? /[^ -~]/g : new RegExp(CONTROLS, 'g');
  return text.replaceAll(hidden, escaped);
}

function escaped(character: string): string {
  const named = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character];
  const code = character.charCodeAt(0);
  return named ?? (code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`);
}

const LF = Buffer.from('\n');
