/**
 * Which protocol a link speaks, by its first bytes.
 *
 *     first byte --> the openings that may begin with it, the surest first --> yes, no, more
 *
 * The surest that says yes is taken, as soon as no surer one may still say so. After a silence the surest that says yes is
 * taken whatever others may say. The bytes stay where they are: the decoder of the opening reads them.
 */
import type { ByteWindow, Codec, FrameDecoder } from '@fairlead/tcp';
import { raw } from '@fairlead/tcp';
import { gatewayErrors } from '../catalogue.ts';
import { gatewayLimits } from '../limits.ts';
import type { Profile, Script } from '../ports.ts';
import { foreignProtocol } from '../protocol/foreign.ts';
import type { DeviceProtocol, Opening } from '../protocol/protocol.ts';
import { withoutTokens } from '../token-bytes.ts';

const { beforeAuth, detectSilence, detectShown } = gatewayLimits.values;

/** One of the protocols that links of a listener may speak. */
export interface Choice {
  readonly protocol: DeviceProtocol;
  readonly opening: Opening;
  /** Where the protocol is that of a profile, and its script. */
  readonly profile?: Profile | undefined;
  readonly script?: Script | undefined;
}

/** The choices of a listener, by the first byte of a link. */
export class DetectionTable {
  readonly #byFirstByte: readonly (readonly Choice[])[];

  /** @param choices of equally sure ones the first is taken */
  constructor(choices: readonly Choice[]) {
    const surestFirst = [...choices].sort((a, b) => b.opening.weight - a.opening.weight);
    this.#byFirstByte = Array.from({ length: 256 }, (_, byte) => {
      const head = Buffer.from([byte]);
      return surestFirst.filter(({ opening }) => opening.detect(head) !== 'no');
    });
  }

  /**
   * @param certain whether a choice that says yes must wait for surer ones
   * @returns the choice; `more`: not enough bytes to tell; undefined: none fits
   */
  find(head: Buffer, certain: boolean): Choice | 'more' | undefined {
    if (head.length === 0) return 'more';
    let open = false;
    for (const choice of this.#byFirstByte[head[0] as number] as readonly Choice[]) {
      const verdict = choice.opening.detect(head);
      if (verdict === 'yes') return choice;
      if (verdict === 'no') continue;
      // The less sure ones must wait, whatever they say.
      if (certain) return 'more';
      open = true;
    }
    return open ? 'more' : undefined;
  }
}

/** What the detection yields together with the first frame; the frames after it come as they are. */
export class Detected {
  readonly choice: Choice;
  readonly frame: unknown;
  /** What has decoded the frame, and goes on. */
  readonly decoder: FrameDecoder<unknown>;

  constructor(choice: Choice, frame: unknown, decoder: FrameDecoder<unknown>) {
    this.choice = choice;
    this.frame = frame;
    this.decoder = decoder;
  }
}

/** @param patience milliseconds in which the protocol must be known */
export function detectingCodec(
  listener: string,
  table: () => DetectionTable,
  patience: number,
): Codec<unknown, never> {
  return {
    name: 'detection',
    decoder: () => new DetectingDecoder(listener, table(), patience),
    encoder: () => raw().encoder(),
  };
}

class DetectingDecoder implements FrameDecoder<unknown> {
  readonly #listener: string;
  readonly #table: DetectionTable;
  readonly #patience: number;
  #choice: Choice | undefined;
  #inner: FrameDecoder<unknown> | undefined;
  #told = false;

  constructor(listener: string, table: DetectionTable, patience: number) {
    this.#listener = listener;
    this.#table = table;
    this.#patience = patience;
  }

  get idleMs(): number | undefined {
    return this.#inner === undefined ? detectSilence : this.#inner.idleMs;
  }

  get frameTimeout(): number | undefined {
    return this.#inner === undefined ? this.#patience : this.#inner.frameTimeout;
  }

  get aside(): number | undefined {
    return this.#inner?.aside;
  }

  decode(window: ByteWindow): unknown {
    const inner = this.#inner ?? this.#detect(window, window.length <= beforeAuth);
    if (inner === undefined) return window.short(window.length + 1);
    return this.#told ? inner.decode(window) : this.#first(inner, inner.decode(window));
  }

  idle(window: ByteWindow): unknown {
    if (this.#inner !== undefined) return this.#first(this.#inner, this.#inner.idle?.(window));
    const inner = this.#detect(window, false);
    if (inner === undefined) return undefined;
    return this.#first(inner, inner.decode(window) ?? inner.idle?.(window));
  }

  end(window: ByteWindow): unknown {
    const inner = this.#inner ?? this.#detect(window, false);
    if (inner === undefined) throw this.#undetected(window);
    return this.#first(inner, inner.decode(window) ?? inner.end?.(window));
  }

  overdue(window: ByteWindow): unknown {
    const inner = this.#inner;
    if (inner === undefined) throw this.#undetected(window);
    // The time of the detection is over, which began with the frame; that of the framing may be longer, or none.
    const late = inner.frameTimeout !== undefined && inner.frameTimeout <= this.#patience;
    return late ? this.#first(inner, inner.overdue?.(window)) : undefined;
  }

  /** Throws PROTOCOL_UNDETECTED, HTTP_REFUSED or TLS_UNEXPECTED. */
  #detect(window: ByteWindow, certain: boolean): FrameDecoder<unknown> | undefined {
    const head = window.view(0, Math.min(window.length, beforeAuth));
    const choice = this.#table.find(head, certain);
    if (choice === 'more' && (certain || window.length < beforeAuth)) return undefined;
    const foreign = foreignProtocol(head);
    if (foreign !== undefined) throw foreign;
    if (choice === undefined || choice === 'more') throw this.#undetected(window);
    this.#choice = choice;
    this.#inner = choice.opening.codec.decoder();
    return this.#inner;
  }

  #first(inner: FrameDecoder<unknown>, frame: unknown): unknown {
    if (frame === undefined || this.#told) return frame;
    this.#told = true;
    return new Detected(this.#choice as Choice, frame, inner);
  }

  #undetected(window: ByteWindow): Error {
    const head = window.view(0, Math.min(window.length, detectShown));
    const hex = withoutTokens(head).toString('hex');
    return gatewayErrors.error('PROTOCOL_UNDETECTED', { listener: this.#listener, hex, size: window.length });
  }
}
