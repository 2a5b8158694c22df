import type { Codec, FrameDecoder, FrameNoise, Payload } from '../codec.ts';
import type { ByteWindow } from '../window.ts';
import { type Dispatch, dispatchOf } from './dispatch.ts';
import { EndingReader } from './ending-reader.ts';
import { readMany } from './read-many.ts';

import type { CompiledSpec, Rule } from './rule.ts';

/** A frame with its place in the stream, its rule and the result of its check. */
export interface DetailedFrame {
  /** Bytes of the stream before it. */
  readonly offset: number;
  /** The frame as it was on the wire. */
  readonly raw: Buffer;
  /** The frame as it is delivered without details. */
  readonly payload: Buffer;
  /** Name of its rule, or the kind of the rule if it has no name. */
  readonly rule: string;
  /** `none`: the frame has no checksum. `bad`: it is wrong, and the rule has `"onBadChecksum": "flag"`. */
  readonly checksum: 'none' | 'ok' | 'bad';
}

/** The codec of compiled rules: the first rule that matches at the head of the buffer frames the next bytes. */
export function codecOfRules(spec: CompiledSpec): Codec<Buffer, Payload> {
  const dispatch = dispatchOf(spec.rules);
  return { ...naming(spec), decoder: () => new RulesDecoder(spec, dispatch) };
}

/** The same codec, with details of each frame. */
export function detailedCodecOfRules(spec: CompiledSpec): Codec<DetailedFrame, Payload> {
  const dispatch = dispatchOf(spec.rules);
  return { ...naming(spec), decoder: () => new DetailedDecoder(spec, dispatch) };
}

function naming({ rules, sent }: CompiledSpec): Pick<Codec<never, Payload>, 'name' | 'encoder'> {
  const sending = sent.find((rule) => rule.send) ?? sent.find((rule) => !rule.discard) ?? (sent[0] as Rule);
  return { name: rules.length === 1 ? (rules[0] as Rule).kind : 'rules', encoder: () => sending.encoder() };
}

class RulesDecoder implements FrameDecoder<Buffer> {
  readonly #reader: EndingReader;
  readonly #dispatch: Dispatch;

  constructor(spec: CompiledSpec, dispatch: Dispatch) {
    this.#reader = new EndingReader(spec, dispatch);
    this.#dispatch = dispatch;
  }

  decode(window: ByteWindow): Buffer | undefined {
    return this.#reader.read(window);
  }

  decodeMany(window: ByteWindow, frames: Buffer[], stopAt: number): void {
    readMany(this.#reader, this.#dispatch, window, frames, stopAt);
  }

  end(window: ByteWindow): Buffer | undefined {
    return this.#reader.finish(window);
  }

  idle(window: ByteWindow): Buffer | undefined {
    return this.#reader.idle(window);
  }

  overdue(window: ByteWindow): Buffer | undefined {
    return this.#reader.overdue(window);
  }

  get idleMs(): number | undefined {
    return this.#reader.idleMs;
  }

  get frameTimeout(): number | undefined {
    return this.#reader.frameTimeout;
  }

  get noise(): FrameNoise {
    return this.#reader.noise;
  }
}

class DetailedDecoder implements FrameDecoder<DetailedFrame> {
  readonly #reader: EndingReader;

  constructor(spec: CompiledSpec, dispatch: Dispatch) {
    this.#reader = new EndingReader(spec, dispatch);
  }

  decode(window: ByteWindow): DetailedFrame | undefined {
    return this.#detailed(window, this.#reader.read(window));
  }

  end(window: ByteWindow): DetailedFrame | undefined {
    return this.#detailed(window, this.#reader.finish(window));
  }

  idle(window: ByteWindow): DetailedFrame | undefined {
    return this.#detailed(window, this.#reader.idle(window));
  }

  overdue(window: ByteWindow): DetailedFrame | undefined {
    return this.#detailed(window, this.#reader.overdue(window));
  }

  get idleMs(): number | undefined {
    return this.#reader.idleMs;
  }

  get frameTimeout(): number | undefined {
    return this.#reader.frameTimeout;
  }

  get noise(): FrameNoise {
    return this.#reader.noise;
  }

  #detailed(window: ByteWindow, payload: Buffer | undefined): DetailedFrame | undefined {
    if (payload === undefined) return undefined;
    const { offset, size, rule, checksum } = this.#reader;
    return { offset, raw: window.view(-size, 0), payload, rule, checksum };
  }
}
