/**
 * Runs inside the isolate of a script, before the script: calls its functions, checks what they return, and reports it as
 * text. What it and the modules beside it use of the language is taken first, so that a script that changes built-in objects
 * harms only itself.
 *
 * A report has lines; each frame ends with an empty one:
 * ```
 * a{json}  e{json}          attributes, events           A<time> {json}  E<time> {json}   the same with a time
 * b<hex>   s<JSON string>   a reply: bytes, text         l<level letter><JSON string>     console output
 * !CODE {json}              the frame failed             ~                                the frame was not run
 * @<text>                   the sub-device of the next message
 * S{json}  D{json}          what the frame left in ctx.state, ctx.deviceState, where it changed them
 * u                         it looked at one of them, and changed neither
 * i<text>                   what identify found: an identity, or nothing: a challenge
 * k<hex>   K<JSON string>   its secret                   r<hex>  R<JSON string>           what a refused device is sent
 * c                         the frame holds nothing else
 * p<hex>   P<JSON string>   a request of poll or downlink; what follows belongs to it:
 * x<at> <hex> <mask in hex> what the answer has there    d<JSON>                          its data
 * y<ms>    t<ms>            "every", "timeout"           n                                no answer is expected
 * w<text>                   its "id"                     q<at> <size>                     where its number is written
 * o<text>  O<text> <JSON string>   the request that the frame answers, and why the device refused it
 * ```
 */
import { type Call, Context, Contexts, keep, used } from './context.ts';
import { failure, show } from './failure.ts';
import { renderIdentity } from './identity.ts';
import {
  arrayFrom,
  cut,
  find,
  isArray,
  isSafeInteger,
  now,
  own,
  parse,
  sliceBytes,
  split,
  stringify,
  toNumber,
  toText,
  U8,
} from './intrinsics.ts';
import { type Bounds, bytesOf, render, renderPlatform, replies, utf8 } from './render.ts';
import { areRequests, renderRequests } from './requests.ts';

type Report = string;
type Bytes = Uint8Array<ArrayBuffer>;
type Script = {
  uplink?: ((bytes: Bytes, context: object) => unknown) | undefined;
  downlink?: ((message: unknown, context: object) => unknown) | undefined;
  identify?: ((bytes: Bytes, context: object) => unknown) | undefined;
  poll?: ((context: object) => unknown) | undefined;
  encodeInp?: ((bytes: number[], topic: string) => unknown) | undefined;
};

export type PreludeBounds = Bounds & { state: number; logLines: number; logLength: number; slice: number };

/** What the process outside calls. */
export type Entry = {
  /** The functions of the script, in the order of `functionNames`. */
  adopt(...functions: unknown[]): string;
  go(packed: Uint8Array | undefined, contexts: string | undefined, from: number, to: number): Report;
  /** The reports from frame `from` to the one that was cut off. */
  take(from: number): Report;
  /** One call of a function other than uplink: the line of its context, and its input after a line feed. */
  downlink(text: string): Report;
  identify(text: string): Report;
  poll(text: string): Report;
};

/** A frame of a batch: whose call it belongs to, and its bytes. */
type Frame = { job: number; from: number; to: number };

class Console {
  readonly #bounds: PreludeBounds;
  #lines = '';
  #count = 0;

  constructor(bounds: PreludeBounds) {
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

/** @param parametersOf the JSON text of parameters by their number */
export function install(
  control: Int32Array,
  bounds: PreludeBounds,
  parametersOf: (number: number) => string,
): Entry {
  const console = new Console(bounds);
  const contexts = new Contexts(parametersOf);
  harden(console);
  let script: Script = {};
  let packed: Uint8Array = new U8(0);
  // Made once and filled anew by each batch: a list without a prototype costs more than a short call.
  const calls: Call[] = own([]);
  const frames: Frame[] = own([]);
  const reports: string[] = own([]);
  let held = 0;

  function uplink(frame: Frame): Report {
    const context = new Context(calls[frame.job] as Call);
    try {
      const bytes = sliceBytes(packed, frame.from, frame.to);
      if (script.uplink !== undefined) {
        const report = render(script.uplink(bytes, context), bounds);
        return report + keep(context, bounds) + console.drain();
      }
      const encode = script.encodeInp as NonNullable<Script['encodeInp']>;
      return renderPlatform(encode(arrayFrom(bytes), context.topic), bounds) + console.drain();
    } catch (error) {
      return failure(error) + used(context) + console.drain();
    }
  }

  /** A call of another function: `run` gets its context and its input, and gives the lines of a report. */
  function single(text: string, run: (context: Context, input: string) => Report): Report {
    const end = find(text, '\n');
    const context = new Context(contexts.read(cut(text, 0, end)));
    try {
      const report = run(context, cut(text, end + 1));
      return report + keep(context, bounds) + console.drain();
    } catch (error) {
      return failure(error) + used(context) + console.drain();
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
    adopt(uplink, downlink, identify, poll, encodeInp) {
      script = { uplink, downlink, identify, poll, encodeInp } as Script;
      return console.drain();
    },
    /** Runs frames until all are done or the slice is used up; `control[0]` is the next one to run. */
    go(batch, batchContexts, from, to) {
      if (batch !== undefined) {
        packed = batch;
        // Reports may be long: those of the last batch are not kept.
        for (let i = 0; i < held; i++) reports[i] = '';
        const lines = split(batchContexts as string, '\n');
        for (let i = 0; i < lines.length; i++) calls[i] = contexts.read(lines[i] as string);
        held = unpack(batch, frames);
      }
      control[0] = from;
      const until = to - from > 1 ? now() + bounds.slice : 0;
      for (let i = from; i < to; ) {
        reports[i] = `${uplink(frames[i] as Frame)}\n`;
        control[0] = ++i;
        if (i < to && now() > until) break;
      }
      return take(from);
    },
    downlink(text) {
      return single(text, (context, input) => {
        const message = parse(input) as { kind: string; values: unknown };
        if (script.downlink !== undefined) {
          const sent = script.downlink(message, context);
          return areRequests(sent) ? renderRequests(sent, bounds) : replies(sent, 'the result', bounds);
        }
        const encode = script.encodeInp as NonNullable<Script['encodeInp']>;
        const result = encode(utf8(stringify(message.values)), context.topic);
        return replies(isArray(result) ? bytesOf(result) : result, 'the result', bounds);
      });
    },
    identify(text) {
      return single(text, (context, input) =>
        renderIdentity(script.identify?.(fromHex(input), context), bounds),
      );
    },
    poll(text) {
      return single(text, (context) => renderRequests(script.poll?.(context), bounds));
    },
  };
}

function fromHex(digits: string): Bytes {
  const bytes = new U8(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = toNumber(`0x${cut(digits, 2 * i, 2 * i + 2)}`);
  return bytes;
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

/** Writes the place of each frame of a batch into `frames`, from 0 on. Returns how many there are. */
function unpack(batch: Uint8Array, frames: Frame[]): number {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  let total = 0;
  for (let at = 0, job = 0; at < batch.length; job++) {
    const count = view.getUint32(at, true);
    at += 4;
    for (let i = 0; i < count; i++) {
      const from = at + 4;
      at = from + view.getUint32(at, true);
      frames[total++] = { job, from, to: at };
    }
  }
  return total;
}
