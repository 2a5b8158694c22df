/**
 * Runs inside the isolate of a script, before the script: calls its functions, checks what they return, and reports it as
 * text. It imports nothing and captures what it needs, so that a script that changes built-in objects harms only itself.
 *
 * A report has lines; each frame ends with an empty one:
 * ```
 * a{json}  e{json}          attributes, events           A<time> {json}  E<time> {json}   the same with a time
 * b<hex>   s<JSON string>   a reply: bytes, text         l<level letter><JSON string>     console output
 * !CODE {json}              the frame failed             ~                                the frame was not run
 * ```
 */
type Report = string;
type Bytes = Uint8Array<ArrayBuffer>;
type Script = {
  uplink?: ((bytes: Bytes, context: object) => unknown) | undefined;
  downlink?: ((message: unknown, context: object) => unknown) | undefined;
  encodeInp?: ((bytes: number[], topic: string) => unknown) | undefined;
};

export type Bounds = { result: number; messages: number; logLines: number; logLength: number; slice: number };

/** What the process outside calls. */
export type Entry = {
  adopt(uplink: Script['uplink'], downlink: Script['downlink'], encodeInp: Script['encodeInp']): string;
  go(packed: Uint8Array | undefined, contexts: string | undefined, from: number, to: number): Report;
  /** The reports from frame `from` to the one that was cut off. */
  take(from: number): Report;
  downlink(text: string): Report;
};

const { stringify, parse } = JSON;
const { isArray, from: arrayFrom } = Array;
const { getPrototypeOf, keys, prototype: objectPrototype } = Object;
const { isSafeInteger, isFinite: isFiniteNumber } = Number;
const { now, parse: parseDate } = Date;
const round = Math.round;
const text = String;
const toNumber = Number;
const U8 = Uint8Array;
const sliceBytes = uncurry(Uint8Array.prototype.slice) as (self: Uint8Array, a: number, b: number) => Bytes;
const dateTime = uncurry(Date.prototype.getTime) as (self: unknown) => number;
const cut = uncurry(String.prototype.slice) as (self: string, from: number, to?: number) => string;
const find = uncurry(String.prototype.indexOf) as (self: string, what: string) => number;
const split = uncurry(String.prototype.split) as (self: string, by: string) => string[];
const match = uncurry(RegExp.prototype.exec) as (self: RegExp, on: string) => string[] | null;
const mapGet = uncurry(Map.prototype.get) as <K, V>(self: Map<K, V>, key: K) => V | undefined;
const mapSet = uncurry(Map.prototype.set) as <K, V>(self: Map<K, V>, key: K, value: V) => void;
const toText = uncurry(BigInt.prototype.toString) as (self: bigint) => string;
const hex = arrayFrom({ length: 256 }, (_, i) => (i < 16 ? '0' : '') + i.toString(16));

function uncurry(method: (...args: never[]) => unknown): unknown {
  return Function.prototype.call.bind(method);
}

/** The result breaks the contract; the reason says how. */
class Refusal extends Error {}

type Context = { device: string; type: string; topic: string; time: number };

class Contexts {
  readonly #known = new Map<string, Omit<Context, 'time'>>();

  read(line: string): Context {
    const space = find(line, ' ');
    const rest = cut(line, space + 1);
    let known = mapGet(this.#known, rest);
    if (known === undefined) {
      if (this.#known.size >= 1_000) this.#known.clear();
      known = parse(rest) as Omit<Context, 'time'>;
      mapSet(this.#known, rest, known);
    }
    return {
      device: known.device,
      type: known.type,
      topic: known.topic,
      time: toNumber(cut(line, 0, space)),
    };
  }
}

class Console {
  readonly #bounds: Bounds;
  #lines = '';
  #count = 0;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  /** `console` as scripts see it: everything is short, bounded, and never throws. */
  surface(): object {
    const at =
      (level: string) =>
      (...args: unknown[]) =>
        this.#write(level, args);
    return { log: at('i'), info: at('i'), debug: at('i'), warn: at('w'), error: at('e') };
  }

  #write(level: string, args: readonly unknown[]): void {
    if (++this.#count > this.#bounds.logLines) return;
    let line = '';
    for (let i = 0; i < args.length && line.length <= this.#bounds.logLength; i++) {
      if (i > 0) line += ' ';
      line += show(args[i], this.#bounds.logLength);
    }
    this.#lines += `l${level}${stringify(cut(line, 0, this.#bounds.logLength))}\n`;
  }

  /** What was written since the last call. */
  drain(): string {
    if (this.#count === 0) return '';
    const more = this.#count - this.#bounds.logLines;
    const lines = more > 0 ? `${this.#lines}lw"(${more} more lines)"\n` : this.#lines;
    this.#lines = '';
    this.#count = 0;
    return lines;
  }
}

export function install(control: Int32Array, bounds: Bounds): Entry {
  const console = new Console(bounds);
  const contexts = new Contexts();
  harden(console);
  let script: Script = {};
  let packed: Uint8Array = new U8(0);
  let jobContexts: Context[] = [];
  let frames: { job: number; from: number; to: number }[] = [];
  let reports: string[] = [];

  function uplink(frame: { job: number; from: number; to: number }): Report {
    try {
      // A fresh object for each frame, so that a script cannot pass anything on in it.
      const { device, type, topic, time } = jobContexts[frame.job] as Context;
      const context = { device, type, topic, time };
      const bytes = sliceBytes(packed, frame.from, frame.to);
      if (script.uplink !== undefined) {
        return render(script.uplink(bytes, context), bounds) + console.drain();
      }
      const encode = script.encodeInp as NonNullable<Script['encodeInp']>;
      return renderPlatform(encode(arrayFrom(bytes), context.topic), bounds) + console.drain();
    } catch (error) {
      return failure(error) + console.drain();
    }
  }

  function take(from: number): Report {
    const done = control[0] as number;
    let out = '';
    for (let i = from; i < done; i++) out += reports[i];
    return out;
  }

  return {
    take,
    adopt(uplink, downlink, encodeInp) {
      script = { uplink, downlink, encodeInp };
      return console.drain();
    },
    /** Runs frames until all are done or the slice is used up; `control[0]` is the next one to run. */
    go(batch, batchContexts, from, to) {
      if (batch !== undefined) {
        packed = batch;
        jobContexts = [];
        const lines = split(batchContexts as string, '\n');
        for (let i = 0; i < lines.length; i++) jobContexts[i] = contexts.read(lines[i] as string);
        frames = unpack(batch);
        reports = [];
      }
      control[0] = from;
      const until = to - from > 1 ? now() + bounds.slice : 0;
      for (let i = from; i < to; ) {
        reports[i] = `${uplink(frames[i] as (typeof frames)[0])}\n`;
        control[0] = ++i;
        if (i < to && now() > until) break;
      }
      return take(from);
    },
    downlink(input) {
      try {
        const [line, json] = split(input, '\n') as [string, string];
        const context = contexts.read(line);
        const message = parse(json) as { kind: string; values: unknown };
        if (script.downlink !== undefined) {
          return replies(script.downlink(message, context), 'the result', bounds) + console.drain();
        }
        const encode = script.encodeInp as NonNullable<Script['encodeInp']>;
        const result = encode(utf8(stringify(message.values)), context.topic);
        const bytes = isArray(result) ? bytesOf(result) : result;
        return replies(bytes, 'the result', bounds) + console.drain();
      } catch (error) {
        return failure(error) + console.drain();
      }
    },
  };
}

/** Takes away what can wait without end or share memory, and what JSON cannot hold. */
function harden(console: Console): void {
  for (const name of ['Atomics', 'SharedArrayBuffer', 'WebAssembly'])
    Reflect.deleteProperty(globalThis, name);
  Object.defineProperty(globalThis, 'console', {
    value: console.surface(),
    writable: true,
    configurable: true,
  });
  Object.defineProperty(BigInt.prototype, 'toJSON', {
    value(this: bigint) {
      const digits = toText(this);
      return isSafeInteger(toNumber(digits)) ? toNumber(digits) : digits;
    },
    writable: true,
    configurable: true,
  });
}

function unpack(batch: Uint8Array): { job: number; from: number; to: number }[] {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  const frames: { job: number; from: number; to: number }[] = [];
  for (let at = 0, job = 0; at < batch.length; job++) {
    const count = view.getUint32(at, true);
    at += 4;
    for (let i = 0; i < count; i++) {
      const from = at + 4;
      at = from + view.getUint32(at, true);
      frames[frames.length] = { job, from, to: at };
    }
  }
  return frames;
}

function render(result: unknown, bounds: Bounds): Report {
  if (result === undefined || result === null) return '';
  if (!isArray(result)) return one(result, bounds);
  if (result.length > bounds.messages)
    throw new Refusal(`${result.length} messages, the limit is ${bounds.messages}`);
  let report = '';
  for (let i = 0; i < result.length; i++) report += one(result[i], bounds);
  bounded(report, bounds);
  return report;
}

function one(result: unknown, bounds: Bounds): Report {
  if (typeof result !== 'object' || result === null) {
    throw new Refusal(`expected {kind, values, time, reply}, got ${kindOf(result)}`);
  }
  const { kind, values, time, reply } = result as Record<string, unknown>;
  for (const key in result) {
    if (key !== 'kind' && key !== 'values' && key !== 'time' && key !== 'reply') {
      if (key === 'then') throw new Refusal('got a Promise; a script must answer at once');
      throw new Refusal(`"${key}" is none of kind, values, time, reply; readings belong into "values"`);
    }
  }
  if (values === undefined && reply === undefined) {
    throw new Refusal(
      result instanceof Promise
        ? 'got a Promise; a script must answer at once'
        : 'neither "values" nor "reply" is there',
    );
  }
  if (kind !== undefined && kind !== 'attributes' && kind !== 'events') {
    throw new Refusal(`"kind" must be "attributes" or "events", got ${show(kind)}`);
  }
  let report = '';
  if (values !== undefined) {
    const json = jsonOf(values, bounds);
    const letter = kind === 'events' ? 'e' : 'a';
    report =
      time === undefined ? `${letter}${json}\n` : `${letter === 'e' ? 'E' : 'A'}${timeOf(time)} ${json}\n`;
  }
  return reply === undefined ? report : report + replies(reply, '"reply"', bounds);
}

/** The ThingsPanel contract: a string of JSON. */
function renderPlatform(result: unknown, bounds: Bounds): Report {
  if (result === undefined || result === null || result === '') return '';
  let values = result;
  if (typeof result === 'string') {
    try {
      values = parse(result);
    } catch (error) {
      throw new Refusal(`encodeInp must return JSON: ${show((error as Error).message)}`);
    }
  }
  return `a${jsonOf(values, bounds)}\n`;
}

function jsonOf(values: unknown, bounds: Bounds): string {
  if (typeof values !== 'object' || values === null || !isPlain(values)) {
    throw new Refusal(`"values" must be a plain object, got ${kindOf(values)}`);
  }
  let json: unknown;
  try {
    json = stringify(values);
  } catch (error) {
    throw new Refusal(`"values" cannot be written as JSON: ${reasonOf(error)}`);
  }
  if (typeof json !== 'string' || json[0] !== '{')
    throw new Refusal('"values" turn into something else as JSON');
  bounded(json, bounds);
  // JSON writes a number that it does not know as null, so only then is it worth a look.
  if (find(json, 'null') >= 0) {
    const path = notFinite(values, 'values', 0);
    if (path !== undefined) throw new Refusal(`${path} is not a finite number`);
  }
  return json;
}

function isPlain(value: object): boolean {
  const prototype = getPrototypeOf(value);
  return (prototype === objectPrototype || prototype === null) && !isArray(value);
}

/** The path of the first number that JSON does not have. */
function notFinite(value: unknown, path: string, depth: number): string | undefined {
  if (typeof value === 'number') return isFiniteNumber(value) ? undefined : path;
  if (typeof value !== 'object' || value === null || depth > 64) return undefined;
  if (value instanceof Date) return isFiniteNumber(dateTime(value)) ? undefined : path;
  const names = keys(value);
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    const at = isArray(value) ? `${path}[${name}]` : `${path}.${name}`;
    const found = notFinite((value as Record<string, unknown>)[name], at, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function timeOf(time: unknown): number {
  let ms = Number.NaN;
  if (typeof time === 'number') ms = time;
  else if (typeof time === 'string') ms = parseDate(time);
  else if (time instanceof Date) ms = dateTime(time);
  ms = round(ms);
  if (ms >= 0 && ms <= 8.64e15) return ms;
  throw new Refusal(`"time" must be a Date, an ISO 8601 string or Unix milliseconds, got ${show(time)}`);
}

function replies(value: unknown, name: string, bounds: Bounds): Report {
  if (value === undefined || value === null) return '';
  if (!isArray(value)) return reply(value, name, bounds);
  if (value.length > bounds.messages)
    throw new Refusal(`${value.length} replies, the limit is ${bounds.messages}`);
  let report = '';
  for (let i = 0; i < value.length; i++) report += reply(value[i], `${name}[${i}]`, bounds);
  bounded(report, bounds);
  return report;
}

function reply(value: unknown, name: string, bounds: Bounds): Report {
  if (typeof value === 'string') {
    bounded(value, bounds);
    return `s${stringify(value)}\n`;
  }
  if (!(value instanceof U8))
    throw new Refusal(`${name} must be a Uint8Array or a string, got ${kindOf(value)}`);
  if (value.length > bounds.result)
    throw new Refusal(`${name} has ${value.length} bytes, the limit is ${bounds.result}`);
  let digits = 'b';
  for (let i = 0; i < value.length; i++) digits += hex[value[i] as number];
  return `${digits}\n`;
}

function bytesOf(list: readonly unknown[]): unknown {
  for (let i = 0; i < list.length; i++) {
    const byte = list[i];
    if (typeof byte !== 'number') return list;
    if (!isSafeInteger(byte) || byte < -128 || byte > 255)
      throw new Refusal(`byte ${i} of the result is ${show(byte)}`);
  }
  return new U8(list as number[]);
}

function utf8(value: string): number[] {
  const bytes: number[] = [];
  for (const character of value) {
    const point = character.codePointAt(0) as number;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 0x3f));
    else if (point < 0x10000)
      bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f));
    else {
      bytes.push(
        0xf0 | (point >> 18),
        0x80 | ((point >> 12) & 0x3f),
        0x80 | ((point >> 6) & 0x3f),
        0x80 | (point & 0x3f),
      );
    }
  }
  return bytes;
}

function bounded(report: string, bounds: Bounds): void {
  // A reply in hex takes two characters a byte.
  if (report.length > 2 * bounds.result) throw new Refusal(`the result is longer than ${bounds.result}`);
}

function failure(error: unknown): Report {
  if (error instanceof Refusal) return `!SCRIPT_RESULT_INVALID ${stringify({ reason: error.message })}\n`;
  return `!SCRIPT_FAILED ${stringify({ line: lineOf(error), reason: reasonOf(error) })}\n`;
}

/** Whatever was thrown may be hostile itself. */
function reasonOf(error: unknown): string {
  try {
    const thrown = error as { name?: unknown; message?: unknown } | null | undefined;
    if (typeof thrown !== 'object' || thrown === null || thrown.message === undefined) return show(error);
    return cut(`${text(thrown.name)}: ${text(thrown.message)}`, 0, 300);
  } catch {
    return 'something that cannot be shown';
  }
}

function lineOf(error: unknown): number {
  try {
    return toNumber(match(/script\.js:(\d+)/, text((error as Error).stack))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (isArray(value)) return 'an array';
  if (typeof value !== 'object')
    return typeof value === 'undefined' ? 'nothing' : `${typeof value} ${show(value)}`;
  try {
    const name: unknown = (value as object).constructor?.name;
    return typeof name === 'string' && name !== '' ? `an object of ${cut(name, 0, 60)}` : 'an object';
  } catch {
    return 'an object';
  }
}

function show(value: unknown, length = 300): string {
  try {
    const shown =
      typeof value === 'object' && value !== null ? (stringify(value) ?? text(value)) : text(value);
    return cut(shown, 0, length);
  } catch {
    return '(cannot be shown)';
  }
}
