/** A capture through a profile again: a line for each frame as `fairlead decode` prints it, or what differs from the capture. */
import type { Script } from '@fairlead/sandbox';
import { profilesErrors } from '../catalogue.ts';
import type { DecodedLine } from '../decoding/decoded-line.ts';
import { type DecodingTerms, type LinkTerms, ProfileLink } from '../decoding/profile-link.ts';
import { profilesLimits } from '../limits.ts';
import { Alignment, type Pair } from './align.ts';
import {
  differenceOf,
  likeness,
  type Outcome,
  type ReplayDifference,
  recordedOutcome,
  replayedOutcomes,
  type SubDeviceOf,
} from './outcomes.ts';
import { checkHead, type RecordedLine, recordedLine } from './recording.ts';
import { TokenCut } from './token-cut.ts';

/** What a frame of the capture yields now. */
export interface ReplayedFrame extends DecodedLine {
  /** When the bytes came that completed it: RFC 3339. */
  readonly at: string;
  /** Id of the link. */
  readonly link: string;
  /** Absent if the device was not known. */
  readonly of?: string | undefined;
}

export interface ReplaySummary {
  links: number;
  /** Frames, and gaps between them. */
  frames: number;
  messages: number;
  /** Frames that are refused, and bytes that belong to no frame. */
  errors: number;
  differences: number;
  /** Events that the capture lacks, because they came too fast for the disk. */
  missed: number;
  /** Lines that are none of a capture. */
  unreadable: number;
}

export interface DeviceSetup extends Omit<LinkTerms, 'seen' | 'device'> {
  /** Of a gateway device. */
  readonly subDeviceOf?: SubDeviceOf | undefined;
}

interface ReplayOptions {
  readonly profile: DecodingTerms;
  readonly script: Script | undefined;
  /** How a device of the capture is set up. */
  readonly setup?: ((device: string | undefined) => DeviceSetup) | undefined;
  /** Decode the frames that the capture recorded, instead of its bytes: of devices of the official protocol. */
  readonly frames?: boolean | undefined;
  /** Compare with what the capture recorded. */
  readonly diff?: boolean | undefined;
}

type Told = { readonly frame: ReplayedFrame } | { readonly difference: ReplayDifference };

/** After such a silence, all that the bytes before led to has been recorded. */
const SETTLED = 5_000;
/** The service waits so long for the rest of a token without an end. */
const TOKEN_SILENCE = 200;

export class Replay {
  readonly summary: ReplaySummary = {
    links: 0,
    frames: 0,
    messages: 0,
    errors: 0,
    differences: 0,
    missed: 0,
    unreadable: 0,
  };
  readonly #options: ReplayOptions;
  readonly #links = new Map<string, ReplayedLink>();

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  /**
   * Rejects with CAPTURE_INVALID or CAPTURE_WITHOUT_BYTES.
   *
   * @param lines the values of the lines of a capture; undefined for one that is no JSON
   */
  async *run(lines: AsyncIterable<unknown>): AsyncGenerator<Told, void, undefined> {
    let begun = false;
    let time: string | undefined;
    for await (const value of lines) {
      if (!begun) checkHead(value);
      else {
        const line = recordedLine(value);
        if (line === undefined) this.summary.unreadable++;
        else {
          time = line.time;
          yield* this.#line(line);
        }
      }
      begun = true;
    }
    if (!begun) throw profilesErrors.error('CAPTURE_INVALID', { reason: 'it is empty' });
    // A link that is open at the end of the capture goes on: bytes that wait for more are no error.
    for (const link of this.#links.values()) {
      if (time !== undefined) yield* this.#told(link, await link.silence(time));
      yield* this.#settle(link);
    }
  }

  async *#line(line: RecordedLine): AsyncGenerator<Told, void, undefined> {
    const { what, link: id } = line;
    if (what === 'missed') this.summary.missed += line.count ?? 1;
    if (id === undefined) return;
    const link = this.#links.get(id) ?? (yield* this.#open(id, what === 'opened'));
    if (Date.parse(line.time) - link.last >= SETTLED) yield* this.#settle(link);
    if (what === 'opened' || what === 'attached') return;
    link.device ??= line.device;
    yield* this.#told(link, await link.take(line));
    if (this.#options.diff) {
      const recorded = recordedOutcome(line);
      if (recorded !== undefined) yield* this.#compared(link, link.outcomes.addOld(recorded));
      if (what === 'frame' && line.hex !== undefined && !this.#options.frames)
        yield* this.#compared(link, link.frames.addOld({ hex: line.hex.toLowerCase(), at: line.time }));
    }
    if (what !== 'closed') return;
    yield* this.#settle(link);
    this.#links.delete(id);
  }

  async *#open(id: string, isNew: boolean): AsyncGenerator<Told, ReplayedLink, undefined> {
    // Links of a service that crashed have no end.
    if (this.#links.size >= profilesLimits.values.replayLinks) {
      const oldest = this.#links.values().next().value as ReplayedLink;
      yield* this.#settle(oldest);
      this.#links.delete(oldest.id);
    }
    const link = new ReplayedLink(id, isNew, this.#options);
    this.#links.set(id, link);
    this.summary.links++;
    return link;
  }

  *#told(link: ReplayedLink, lines: readonly Yielded[]): Generator<Told, void, undefined> {
    for (const { line, at } of lines) {
      const frame: ReplayedFrame = { link: link.id, at, of: link.device, ...line };
      const outcomes = replayedOutcomes(line, at, link.device, link.subDeviceOf);
      this.summary.frames++;
      this.summary.messages += outcomes.filter(({ is }) => is === 'message').length;
      if (line.error !== undefined) this.summary.errors++;
      yield { frame };
      if (this.#options.diff)
        for (const outcome of outcomes) yield* this.#compared(link, link.outcomes.addFresh(outcome));
    }
    const payloads = link.seen.splice(0);
    if (!this.#options.diff || this.#options.frames) return;
    for (const payload of payloads) yield* this.#compared(link, link.frames.addFresh(payload));
  }

  *#settle(link: ReplayedLink): Generator<Told, void, undefined> {
    if (!this.#options.diff) return;
    yield* this.#compared(link, link.frames.settle());
    yield* this.#compared(link, link.outcomes.settle());
  }

  *#compared(
    link: ReplayedLink,
    pairs: readonly Pair<Outcome | Payload, Outcome | Payload>[],
  ): Generator<Told, void, undefined> {
    for (const { old, fresh } of pairs) {
      const difference =
        isOutcome(old) || isOutcome(fresh)
          ? differenceOf(
              link.id,
              old as Outcome | undefined,
              fresh as Outcome | undefined,
              this.#options.frames === true,
            )
          : payloadDifference(link, old, fresh);
      if (difference === undefined) continue;
      this.summary.differences++;
      yield { difference };
    }
  }
}

/** A line, and when the bytes came that led to it. */
interface Yielded {
  readonly line: DecodedLine;
  readonly at: string;
}

interface Payload {
  readonly hex: string;
  readonly at: string;
}

/** One link of the capture. */
class ReplayedLink {
  readonly id: string;
  /** Name of its device. */
  device: string | undefined;
  subDeviceOf: SubDeviceOf | undefined;
  /** Unix milliseconds: when the last event was. */
  last = 0;
  readonly outcomes = new Alignment<Outcome, Outcome>(likeness);
  readonly frames = new Alignment<Payload, Payload>((old, fresh) => (old.hex === fresh.hex ? 1 : 0));
  /** Frames that the script got since they were taken. */
  readonly seen: Payload[] = [];
  readonly #isNew: boolean;
  readonly #options: ReplayOptions;
  #link: ProfileLink | undefined;
  #cut: TokenCut | undefined;
  #lastBytes: number | undefined;
  #at = '';

  constructor(id: string, isNew: boolean, options: ReplayOptions) {
    this.id = id;
    this.#isNew = isNew;
    this.#options = options;
  }

  /** What the line leads to. */
  async take({ what, time, hex = '' }: RecordedLine): Promise<Yielded[]> {
    const now = Date.parse(time);
    const bytes = () => Buffer.from(hex, 'hex');
    const { frames } = this.#options;
    this.last = now;
    if (what === 'received' && !frames) {
      const before = await this.silence(time);
      this.#lastBytes = now;
      this.#at = time;
      const chunk = bytes();
      const link = this.#opened();
      const rest = this.#cut?.next(chunk) ?? chunk;
      return [...before, ...this.#yielded(rest.length === 0 ? [] : await link.push(rest, now))];
    }
    if (what === 'frame' && frames) {
      this.#at = time;
      return this.#yielded([await this.#opened().frame(bytes(), now)]);
    }
    if (what === 'sent') await this.#opened().sent(bytes(), now);
    if (what !== 'closed' || this.#link === undefined || frames) return [];
    const before = await this.silence(time);
    return [...before, ...this.#yielded(await this.#link.end(now))];
  }

  /** What the silence since the last bytes leads to. */
  async silence(time: string): Promise<Yielded[]> {
    if (this.#lastBytes === undefined || this.#link === undefined) return [];
    const now = Date.parse(time);
    const ms = now - this.#lastBytes;
    if (ms >= TOKEN_SILENCE) this.#cut?.silence();
    return ms <= 0 ? [] : this.#yielded(await this.#link.silence(ms, now));
  }

  #opened(): ProfileLink {
    if (this.#link !== undefined) return this.#link;
    const { profile, script, setup, frames } = this.#options;
    const { subDeviceOf, ...terms } = setup?.(this.device) ?? {};
    this.subDeviceOf = subDeviceOf;
    // The first bytes of a link that was open before are missing, and who it was is known.
    const known = terms.known || frames || !this.#isNew;
    if (!known && profile.identity.by === 'token') this.#cut = new TokenCut();
    const seen = (payload: Buffer) => void this.seen.push({ hex: payload.toString('hex'), at: this.#at });
    const identity = known ? terms.identity : undefined;
    this.#link = new ProfileLink(profile, script, { ...terms, device: this.device, known, identity, seen });
    return this.#link;
  }

  #yielded(lines: readonly DecodedLine[]): Yielded[] {
    return lines.map((line) => ({ line, at: this.#at }));
  }
}

const isOutcome = (item: Outcome | Payload | undefined): item is Outcome =>
  item !== undefined && 'is' in item;

function payloadDifference(
  { id: link, device }: ReplayedLink,
  old: Payload | undefined,
  fresh: Payload | undefined,
): ReplayDifference | undefined {
  if (old !== undefined && fresh !== undefined) return undefined;
  const { hex, at } = (old ?? fresh) as Payload;
  return { diff: old === undefined ? 'added' : 'removed', of: 'frame', link, at, device, hex };
}
