import { isJson, isJsonObject } from './json.ts';
import type { Answer, PollRequest, ScriptMessage } from './types.ts';

export interface ReportBounds {
  /** Characters of JSON, and bytes of replies. */
  readonly result: number;
  /** Levels of nesting in the JSON. */
  readonly depth: number;
  /** Messages, replies and requests of one frame. */
  readonly messages: number;
  /** Characters of JSON in a state. */
  readonly state: number;
}

/** The largest time of a Date, in Unix milliseconds. */
const LAST_MOMENT = 8.64e15;
const LAST_PLACE = 2 ** 20;
const IDENTITY = /^[^\s\p{C}]{1,128}$/u;
/** `O<id> <JSON string>` */
const REFUSED = /^O([^\s\p{C}]{1,128}) (".*")$/u;
/** `q<at> <size>` */
const SEQUENCE = /^q(\d{1,7}) ([124])$/;
/** `x<at> <hex> <mask in hex>` */
const EXPECT = /^x(\d{1,7}) ((?:[0-9a-f]{2})+) ((?:[0-9a-f]{2})*)$/;

/** What `identify` found, but for its replies, which stand with those of other calls. */
interface Identified {
  readonly id: string | undefined;
  secret?: Buffer;
  readonly refusal: Buffer[];
  consumed: boolean;
}

interface Request {
  readonly send: Buffer;
  readonly expect: PollRequest['expect'][number][];
  id?: string;
  data?: string;
  sequence?: { readonly at: number; readonly size: number };
  every?: number;
  timeout?: number;
  answer: boolean;
}

/** What the lines of one report say. They come from a process that runs untrusted code; each one is checked. */
export class Gathered {
  readonly #bounds: ReportBounds;
  declare readonly error?: undefined;
  readonly messages: ScriptMessage[] = [];
  readonly replies: Buffer[] = [];
  /** Requests that the frame answers. */
  answers: Answer[] | undefined;
  identified: Identified | undefined;
  requests: Request[] | undefined;
  state: string | undefined;
  deviceState: string | undefined;
  /** Whether the script looked at a state. */
  used = false;
  #device: string | undefined;
  /** Bytes, and items, apart from messages. */
  #size = 0;
  #items = 0;

  constructor(bounds: ReportBounds) {
    this.#bounds = bounds;
  }

  /** false: it is no such line, or it breaks what the prelude promises. */
  take(line: string): boolean {
    switch (line[0]) {
      case 'a':
      case 'e':
      case 'A':
      case 'E':
        return this.#message(line);
      case '@':
        this.#device = line.slice(1);
        return IDENTITY.test(this.#device);
      case 'b':
      case 's':
        return this.#bytes(line, (bytes) => this.replies.push(bytes));
      case 'o':
      case 'O':
        return this.#answer(line);
      case 'S':
        this.used = true;
        this.state = this.#stateOf(line);
        return this.state !== undefined;
      case 'D':
        this.used = true;
        this.deviceState = this.#stateOf(line);
        return this.deviceState !== undefined;
      case 'i':
      case 'k':
      case 'K':
      case 'r':
      case 'R':
      case 'c':
        return this.#identity(line);
      default:
        return this.#request(line);
    }
  }

  #message(line: string): boolean {
    const kind = line[0] === 'a' || line[0] === 'A' ? 'attributes' : 'events';
    const timed = line[0] === 'A' || line[0] === 'E';
    const start = timed ? line.indexOf(' ') + 1 : 1;
    const json = line.slice(start);
    if (json.length > this.#mostBytes() || !isJsonObject(json, this.#bounds.depth)) return false;
    let message: ScriptMessage = { kind, json };
    if (timed) {
      const time = numberOf(line.slice(1, start - 1), LAST_MOMENT);
      if (time === undefined) return false;
      message = { kind, time, json };
    }
    if (this.#device !== undefined) {
      message = { ...message, device: this.#device };
      this.#device = undefined;
    }
    this.messages.push(message);
    return this.messages.length <= this.#bounds.messages;
  }

  /** A line whose letter is small for hex, and any other for a text. */
  #bytes(line: string, keep: (bytes: Buffer) => void): boolean {
    const bytes = /[bkrp]/.test(line[0] as string) ? fromHex(line.slice(1)) : fromText(line.slice(1));
    if (bytes === undefined) return false;
    keep(bytes);
    this.#size += bytes.length;
    this.#items += 1;
    return this.#items <= this.#bounds.messages && this.#size <= this.#mostBytes();
  }

  #answer(line: string): boolean {
    this.answers ??= [];
    this.#items += 1;
    this.#size += line.length;
    if (this.#items > this.#bounds.messages || this.#size > this.#mostBytes()) return false;
    if (line[0] === 'o') {
      const id = line.slice(1);
      this.answers.push({ id });
      return IDENTITY.test(id);
    }
    const [, id, json = ''] = REFUSED.exec(line) ?? [];
    const refused = id === undefined ? undefined : fromText(json)?.toString();
    if (id === undefined || refused === undefined) return false;
    this.answers.push({ id, refused });
    return true;
  }

  #stateOf(line: string): string | undefined {
    const json = line.slice(1);
    return json.length <= this.#bounds.state && isJsonObject(json, this.#bounds.depth) ? json : undefined;
  }

  #identity(line: string): boolean {
    const { identified } = this;
    if (line[0] === 'i') {
      const id = line === 'i' ? undefined : line.slice(1);
      this.identified = { id, refusal: [], consumed: id === undefined };
      return identified === undefined && (id === undefined || IDENTITY.test(id));
    }
    if (identified?.id === undefined) return false;
    if (line[0] === 'c') {
      identified.consumed = true;
      return line === 'c';
    }
    return this.#bytes(line, (bytes) => {
      if (/[kK]/.test(line[0] as string)) identified.secret = bytes;
      else identified.refusal.push(bytes);
    });
  }

  #request(line: string): boolean {
    if (line[0] === 'p' || line[0] === 'P') {
      this.requests ??= [];
      const { requests } = this;
      return this.#bytes(line, (send) => requests.push({ send, expect: [], answer: true }));
    }
    const request = this.requests?.at(-1);
    if (request === undefined) return false;
    const rest = line.slice(1);
    switch (line[0]) {
      case 'x':
        return this.#expect(line, request);
      case 'w':
        request.id = rest;
        this.#size += rest.length;
        return this.#size <= this.#mostBytes() && IDENTITY.test(rest);
      case 'd':
        request.data = rest;
        this.#size += rest.length;
        return this.#size <= this.#mostBytes() && isJson(rest, this.#bounds.depth);
      case 'q':
        return sequenced(line, request);
      case 'y':
        request.every = numberOf(rest, Number.MAX_SAFE_INTEGER) ?? 0;
        return request.every > 0;
      case 't':
        request.timeout = numberOf(rest, Number.MAX_SAFE_INTEGER) ?? 0;
        return request.timeout > 0;
      default:
        request.answer = false;
        return line === 'n';
    }
  }

  #expect(line: string, request: Request): boolean {
    const [, at, digits = '', mask = ''] = EXPECT.exec(line) ?? [];
    this.#items += 1;
    this.#size += digits.length;
    if (Number(at) <= LAST_PLACE && (mask === '' || mask.length === digits.length)) {
      const bytes = Buffer.from(digits, 'hex');
      request.expect.push({
        at: Number(at),
        bytes,
        ...(mask !== '' && { mask: Buffer.from(mask, 'hex') }),
      });
      return this.#items <= this.#bounds.messages && this.#size <= this.#mostBytes();
    }
    return false;
  }

  /** The prelude counts a byte of a reply as two characters of JSON. */
  #mostBytes(): number {
    return 2 * this.#bounds.result;
  }
}

/** false: the place is not within the request. */
function sequenced(line: string, request: Request): boolean {
  const [, at, size] = SEQUENCE.exec(line) ?? [];
  if (at === undefined || Number(at) + Number(size) > request.send.length) return false;
  request.sequence = { at: Number(at), size: Number(size) };
  return true;
}

function numberOf(digits: string, most: number): number | undefined {
  return /^\d{1,16}$/.test(digits) && Number(digits) <= most ? Number(digits) : undefined;
}

function fromHex(digits: string): Buffer | undefined {
  return /^(?:[0-9a-f]{2})*$/.test(digits) ? Buffer.from(digits, 'hex') : undefined;
}

function fromText(json: string): Buffer | undefined {
  try {
    const text: unknown = JSON.parse(json);
    return typeof text === 'string' ? Buffer.from(text, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
