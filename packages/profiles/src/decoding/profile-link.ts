/**
 * A profile without a device and without a service: bytes in, decoded lines out. `fairlead decode`, the examples of a
 * profile and its tests run on it. It does what a link of the gateway does, one frame at a time.
 */
import { type FairleadError, isFairleadError } from '@fairlead/core';
import type {
  PollRequest,
  Script,
  ScriptContext,
  ScriptMessage,
  StateChange,
  UplinkResult,
} from '@fairlead/sandbox';
import { Deframer, type DetailedFrame, parseFraming } from '@fairlead/tcp/framing';
import { profilesErrors } from '../catalogue.ts';
import type { ProfileDefinition } from '../definition/parse.ts';
import { IdentityField } from '../identity/field.ts';
import { Identification } from '../identity/identification.ts';
import { mayNameAnother, namedIn } from '../identity/named-device.ts';
import { numbered } from '../polling/numbered.ts';
import { PollTable } from '../polling/table.ts';
import { type Asked, AskedRequests } from './asked-requests.ts';

/** What a frame yielded. Bytes are hex digits, times RFC 3339. */
export interface DecodedLine {
  readonly hex: string;
  readonly identity?: string | undefined;
  /** Of the one message, where there is one. */
  readonly kind?: 'attributes' | 'events' | undefined;
  readonly time?: string | undefined;
  readonly device?: string | undefined;
  readonly values?: unknown;
  /** Where there are several. */
  readonly messages?: readonly DecodedMessage[] | undefined;
  readonly reply?: string | undefined;
  /** A code of the catalogue, and the message of the error. */
  readonly error?: string | undefined;
  readonly reason?: string | undefined;
}

export interface DecodedMessage {
  readonly kind: 'attributes' | 'events';
  readonly time?: string | undefined;
  readonly device?: string | undefined;
  readonly values: unknown;
}

/** What of a profile decoding needs. */
export type DecodingTerms = Pick<
  ProfileDefinition,
  'name' | 'framing' | 'identity' | 'parameters' | 'secret' | 'poll'
>;

/** How the device is set up. */
export interface LinkTerms {
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  readonly secret?: string | undefined;
  /** Whether the device is known already, so that no frame must identify it. */
  readonly known?: boolean | undefined;
  /** Its name; by default that of the profile. */
  readonly device?: string | undefined;
  /** What it is known by, where it is known already. */
  readonly identity?: string | undefined;
  /** Is told of each frame that belongs to the device, as the script gets it. */
  readonly seen?: ((payload: Buffer) => void) | undefined;
}

/** Bytes that belong to no frame are shown up to this number. */
const SHOWN = 4_096;

/** What the gateway says of a device that proves another secret than its own. The link would close; a recording goes on. */
const WRONG_SECRET = {
  error: 'IDENTITY_SECRET_WRONG',
  reason: 'The device sent another secret than its own.',
};

export class ProfileLink {
  readonly #profile: DecodingTerms;
  readonly #script: Script | undefined;
  readonly #deframer: Deframer<DetailedFrame>;
  readonly #parameters: string;
  readonly #secret: string | undefined;
  readonly #device: string;
  readonly #seen: (payload: Buffer) => void;
  #identification: Identification | undefined;
  #identity: string | undefined;
  /** Where frames name their device, and the profile says which frames do. */
  readonly #field: IdentityField | undefined;
  /** The last `deviceId` among the values that was the device's own. */
  #named: string | undefined;
  #state: string | undefined;
  #deviceState: string | undefined;
  /** Bytes that were added and belong to no frame yet; `#heldAt` is the place of the first of them in the stream. */
  #held = Buffer.alloc(0);
  #heldAt = 0;
  /** What had been skipped when the last gap was shown. */
  #noise = { dropped: 0, skipped: 0 };
  #failed = false;
  readonly #table: PollTable;
  /** What was asked and is not answered yet. */
  readonly #asked: AskedRequests;
  /** Requests that had a number. */
  #numbers = 0;

  constructor(profile: DecodingTerms, script: Script | undefined, terms: LinkTerms = {}) {
    const { identity, parameters } = profile;
    this.#profile = profile;
    this.#script = script;
    this.#table = new PollTable(profile.poll?.requests ?? []);
    this.#asked = new AskedRequests(this.#table);
    const codec = codecOf(profile);
    this.#deframer = new Deframer(codec.decoder(), codec.name);
    this.#parameters = JSON.stringify({ ...defaultsOf(parameters), ...terms.parameters });
    this.#secret = profile.secret === 'none' ? undefined : terms.secret;
    this.#device = terms.device ?? profile.name;
    this.#seen = terms.seen ?? (() => {});
    this.#identity = terms.identity;
    if (identity.by === 'match' && identity.when !== undefined) this.#field = new IdentityField(identity);
    const identifies = identity.by === 'match' || (identity.by === 'script' && script?.hasIdentify === true);
    if (identifies && !terms.known) this.#identification = new Identification(profile, script);
  }

  /** @param time when the bytes came, Unix milliseconds */
  async push(chunk: Uint8Array, time: number): Promise<DecodedLine[]> {
    if (this.#failed) return [];
    const bytes = Buffer.from(chunk);
    this.#held = Buffer.concat([this.#held, bytes]);
    return this.#lines(this.#deframer.push(bytes), time);
  }

  /** Nothing comes for `ms` milliseconds: that may complete a frame, or end one that has begun. */
  async silence(ms: number, time: number): Promise<DecodedLine[]> {
    if (this.#failed) return [];
    const { idleMs, frameTimeout } = this.#deframer;
    const ended = idleMs !== undefined && ms >= idleMs ? this.#deframer.idle() : [];
    const late = frameTimeout !== undefined && ms >= frameTimeout ? this.#deframer.overdue() : [];
    return this.#lines([...ended, ...late], time);
  }

  /** The device closed the link. */
  async end(time: number): Promise<DecodedLine[]> {
    if (this.#failed) return [];
    return this.#lines(this.#deframer.end(), time);
  }

  /** What a frame yields that was cut out of the stream already. */
  frame(frame: Uint8Array, time: number): Promise<DecodedLine> {
    const bytes = Buffer.from(frame);
    return this.#frame(bytes.toString('hex'), bytes, time);
  }

  /** Set after bytes could not be framed; nothing is decoded after that. */
  get failure(): FairleadError | undefined {
    return this.#deframer.failure;
  }

  /** The bytes of a downlink. Rejects with SCRIPT_FUNCTION_MISSING, or the error of the script. */
  async encode(input: Parameters<Script['downlink']>[0], time: number): Promise<Buffer> {
    if (this.#script?.hasDownlink !== true)
      throw profilesErrors.error('PROFILE_SENDS_NOTHING', { profile: this.#profile.name });
    const { bytes, requests: made, ...states } = await this.#script.downlink(input, this.#call(time));
    this.#keepStates(states);
    if (made === undefined) return Buffer.concat(bytes);
    const requests = made.map((request) => this.#numbered(request));
    this.#asked.set(requests.filter(({ id }) => id === undefined));
    return Buffer.concat(requests.map(({ send }) => send));
  }

  /** The requests of `poll` now. Rejects with the error of the script. */
  async poll(time: number): Promise<readonly Buffer[]> {
    const { requests: rows } = this.#table;
    if (this.#script?.hasPoll !== true && rows.length === 0)
      throw profilesErrors.error('PROFILE_POLLS_NOTHING', { profile: this.#profile.name });
    const asked: Asked[] = rows.map((request, row) => ({ ...request, row }));
    if (this.#script?.hasPoll === true) {
      const { requests, ...states } = await this.#script.poll(this.#call(time));
      this.#keepStates(states);
      asked.push(...requests.map((request) => this.#numbered(request)));
    }
    this.#asked.set(asked);
    return asked.map(({ send }) => send);
  }

  /**
   * These bytes were sent to the device: if they are a request of the profile, the next frame is read as its answer. What the script
   * throws while it is asked for its requests is no matter here.
   */
  async sent(bytes: Buffer, time: number): Promise<void> {
    if (this.#asked.sent(bytes) || this.#script?.hasPoll !== true) return;
    const polled = await this.#script.poll(this.#call(time)).catch(() => undefined);
    if (polled === undefined) return;
    const { requests, ...states } = polled;
    this.#keepStates(states);
    this.#asked.polled(requests);
    this.#asked.sent(bytes);
  }

  #numbered(request: PollRequest): PollRequest {
    return request.sequence === undefined ? request : numbered(request, ++this.#numbers);
  }

  async #lines(frames: readonly DetailedFrame[], time: number): Promise<DecodedLine[]> {
    const lines: DecodedLine[] = [];
    for (const { offset, raw, payload } of frames) {
      const gap = this.#take(offset);
      if (gap !== undefined) lines.push(gap);
      this.#held = this.#held.subarray(raw.length);
      this.#heldAt += raw.length;
      lines.push(await this.#frame(raw.toString('hex'), payload, time));
    }
    const { failure } = this.#deframer;
    if (failure !== undefined) {
      this.#failed = true;
      lines.push({ hex: this.#held.subarray(0, SHOWN).toString('hex'), ...failureOf(failure) });
    } else if (this.#held.length > this.#deframer.pending) {
      const gap = this.#take(this.#heldAt + this.#held.length - this.#deframer.pending);
      if (gap !== undefined) lines.push(gap);
    }
    return lines;
  }

  /** The bytes before `offset` that are in no frame. */
  #take(offset: number): DecodedLine | undefined {
    const size = offset - this.#heldAt;
    if (size <= 0) return undefined;
    const hex = this.#held.subarray(0, Math.min(size, SHOWN)).toString('hex');
    this.#held = this.#held.subarray(size);
    this.#heldAt = offset;
    const { dropped, skipped, reason } = this.#deframer.noise;
    const { dropped: droppedBefore, skipped: skippedBefore } = this.#noise;
    this.#noise = { dropped, skipped };
    if (dropped > droppedBefore) return { hex, error: 'FRAME_CHECKSUM_MISMATCH' };
    // Frames that the framing discards are no noise.
    return skipped > skippedBefore ? { hex, error: reason?.code ?? 'FRAME_NO_RULE' } : undefined;
  }

  async #frame(hex: string, payload: Buffer, time: number): Promise<DecodedLine> {
    try {
      if (this.#identification === undefined) {
        const named = this.#identity === undefined ? undefined : this.#field?.read(payload);
        if (named !== undefined && named !== this.#identity) {
          this.#seen(payload);
          return { hex, ...this.#identified(), ...failureOf(this.#changed(named)) };
        }
        return { hex, ...this.#identified(), ...(await this.#uplink(payload, time)) };
      }
      const reading = await this.#identification.read(payload, this.#call(time));
      this.#state = this.#identification.state;
      const replies = reading.replies;
      // The gateway decodes these frames when it knows the device. Here they are shown at once: a recording may begin anywhere.
      const kept = [...this.#identification.kept()];
      if (reading.is === 'more') return { hex, ...(await this.#uplinks(kept, time, replies)) };
      this.#identification = undefined;
      this.#identity = reading.id;
      const { secret } = reading;
      if (this.#secret !== undefined && secret !== undefined && !secret.equals(Buffer.from(this.#secret)))
        return { hex, identity: reading.id, ...replyOf(reading.refusal), ...WRONG_SECRET };
      return { hex, identity: reading.id, ...(await this.#uplinks(kept, time, replies)) };
    } catch (error) {
      if (!isFairleadError(error) || error.code !== 'IDENTITY_MISSING')
        return { hex, ...this.#identified(), ...failureOf(error) };
      this.#identification = undefined;
      return { hex, ...(await this.#uplink(payload, time)), ...failureOf(error) };
    }
  }

  /** Another identity than that of the link, which the script finds in one of the frames. */
  async #otherIn(
    frames: readonly Buffer[],
    results: readonly UplinkResult[],
    time: number,
  ): Promise<string | undefined> {
    const script = this.#script;
    if (this.#identity === undefined || script?.hasIdentify !== true) return undefined;
    for (const [i, result] of results.entries()) {
      if (!mayNameAnother(result, this.#named)) continue;
      const named = await script.identify(frames[i] as Buffer, this.#call(time)).then(
        ({ result }) => result?.id,
        () => undefined, // what the script cannot read names nobody
      );
      if (named !== undefined && named !== this.#identity) return named;
      this.#named = namedIn(result) ?? this.#named;
    }
    return undefined;
  }

  #changed(named: string): FairleadError {
    const { name } = this.#profile;
    return profilesErrors.error('IDENTITY_CHANGED', { device: name, identity: this.#identity ?? '', named });
  }

  #identified(): { identity?: string } {
    return this.#identity === undefined ? {} : { identity: this.#identity };
  }

  #uplink(frame: Buffer, time: number): Promise<Omit<DecodedLine, 'hex'>> {
    return this.#uplinks([frame], time, []);
  }

  async #uplinks(
    frames: readonly Buffer[],
    time: number,
    before: readonly Buffer[],
  ): Promise<Omit<DecodedLine, 'hex'>> {
    const script = this.#script;
    const [first] = frames;
    if (first === undefined) return replyOf(before);
    const request = this.#asked.answered();
    if (request?.row !== undefined)
      return { ...shown([{ kind: 'attributes', json: this.#table.values(request.row, first) }]) };
    for (const frame of frames) this.#seen(frame);
    if (script?.hasUplink !== true) return replyOf(before);
    const { results, ...states } = await script.uplink(frames, {
      ...this.#call(time),
      request: request?.data,
    });
    this.#keepStates(states);
    const other = await this.#otherIn(frames, results, time);
    if (other !== undefined) return { ...replyOf(before), ...failureOf(this.#changed(other)) };
    const failed = results.find(
      (result): result is Extract<UplinkResult, { error: object }> => result.error !== undefined,
    );
    const done = results.flatMap((result) => (result.error === undefined ? [result] : []));
    const replies = [...before, ...done.flatMap((result) => result.replies)];
    return {
      ...shown(done.flatMap(({ messages }) => messages)),
      ...replyOf(replies),
      ...(failed === undefined ? {} : failureOf(failed.error)),
    };
  }

  #call(time: number): ScriptContext {
    return {
      device: this.#device,
      type: 'standard',
      topic: `devices/${this.#device}/attributes`,
      time,
      identity: this.#identity,
      state: this.#state,
      deviceState: this.#deviceState,
      parameters: this.#parameters,
      secret: this.#secret,
    };
  }

  #keepStates({ state, deviceState }: StateChange): void {
    if (state !== undefined) this.#state = state;
    if (deviceState !== undefined) this.#deviceState = deviceState;
  }
}

/** Codecs of profiles that links were made of, since a simulator makes many. */
const codecs = new WeakMap<DecodingTerms, ReturnType<typeof detailed>>();

const detailed = (framing: string) => parseFraming(framing, { detailed: true });

function codecOf(profile: DecodingTerms): ReturnType<typeof detailed> {
  const codec = codecs.get(profile) ?? detailed(profile.framing);
  codecs.set(profile, codec);
  return codec;
}

/** The values that parameters have unless a device sets them. */
export function defaultsOf(parameters: ProfileDefinition['parameters']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, { default: value }]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}

function replyOf(replies: readonly Buffer[]): { reply?: string } {
  return replies.length === 0 ? {} : { reply: Buffer.concat(replies).toString('hex') };
}

function shown(messages: readonly ScriptMessage[]): Omit<DecodedLine, 'hex'> {
  const list = messages.map(({ kind, json, time, device }) => ({
    kind,
    ...(time === undefined ? {} : { time: new Date(time).toISOString() }),
    ...(device === undefined ? {} : { device }),
    values: JSON.parse(json) as unknown,
  }));
  if (list.length === 0) return {};
  return list.length === 1 ? (list[0] as DecodedMessage) : { messages: list };
}

function failureOf(error: unknown): { error: string; reason: string } {
  if (!isFairleadError(error)) throw error;
  return { error: error.code, reason: error.message };
}
