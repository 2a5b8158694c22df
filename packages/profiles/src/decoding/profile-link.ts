/**
 * A profile without a device and without a service: bytes in, decoded lines out. `fairlead decode`, the examples of a
 * profile and its tests run on it. It does what a link of the gateway does, one frame at a time.
 */
import { type FairleadError, isFairleadError } from '@fairlead/core';
import type { PollRequest, Script, ScriptContext, StateChange, UplinkResult } from '@fairlead/sandbox';
import { Deframer, type DetailedFrame, parseFraming } from '@fairlead/tcp/framing';
import { profilesErrors } from '../catalogue.ts';
import type { ProfileDefinition } from '../definition/parse.ts';
import type { Explanation, SeenFrame } from '../explain/explain.ts';
import { IdentityField } from '../identity/field.ts';
import { Identification } from '../identity/identification.ts';
import { mayNameAnother, namedIn } from '../identity/named-device.ts';
import { numbered, sentAs } from '../polling/numbered.ts';
import { PollTable } from '../polling/table.ts';
import { answeredBy, type DecodedLine, failureOf, replyOf, shown } from './decoded-line.ts';
import { HeldBytes } from './held-bytes.ts';

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
  /** What the script kept before, as JSON text. */
  readonly state?: string | undefined;
  readonly deviceState?: string | undefined;
  /** Explains each frame before it is decoded. */
  readonly explain?: ((seen: SeenFrame) => Promise<Explanation | undefined>) | undefined;
}

/** A request; of the profile's table, with its place there. */
type Asked = PollRequest & { readonly row?: number };

/** Bytes that belong to no frame are shown up to this number. */
const SHOWN = 4_096;
/** Requests that wait for an answer. */
const MOST_ASKED = 64;

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
  readonly #explain: LinkTerms['explain'];
  #identification: Identification | undefined;
  #identity: string | undefined;
  /** Where frames name their device, and the profile says which frames do. */
  readonly #field: IdentityField | undefined;
  /** The last `deviceId` among the values that was the device's own. */
  #named: string | undefined;
  #state: string | undefined;
  #deviceState: string | undefined;
  /** Bytes that were added and belong to no frame yet; `#heldAt` is the place of the first of them in the stream. */
  readonly #held = new HeldBytes();
  #heldAt = 0;
  /** What had been skipped when the last gap was shown. */
  #noise = { dropped: 0, skipped: 0 };
  #failed = false;
  readonly #table: PollTable;
  /** What was asked and is not answered yet. */
  #asked: Asked[] = [];
  /** Requests that had a number. */
  #numbers = 0;
  #requested: readonly string[] = [];
  /** What the script asked when it was called last, and was not sent yet. */
  #polled: readonly PollRequest[] = [];

  constructor(profile: DecodingTerms, script: Script | undefined, terms: LinkTerms = {}) {
    const { identity, parameters } = profile;
    this.#profile = profile;
    this.#script = script;
    this.#table = new PollTable(profile.poll?.requests ?? []);
    const codec = codecOf(profile);
    this.#deframer = new Deframer(codec.decoder(), codec.name);
    this.#parameters = JSON.stringify({ ...defaultsOf(parameters), ...terms.parameters });
    this.#secret = profile.secret === 'none' ? undefined : terms.secret;
    this.#device = terms.device ?? profile.name;
    this.#seen = terms.seen ?? (() => {});
    this.#explain = terms.explain;
    this.#state = terms.state;
    this.#deviceState = terms.deviceState;
    this.#identity = terms.identity;
    if (identity.by === 'match' && identity.when !== undefined) this.#field = new IdentityField(identity);
    const identifies = identity.by === 'match' || (identity.by === 'script' && script?.hasIdentify === true);
    if (identifies && !terms.known) this.#identification = new Identification(profile, script);
  }

  /** @param time when the bytes came, Unix milliseconds */
  async push(chunk: Uint8Array, time: number): Promise<DecodedLine[]> {
    if (this.#failed) return [];
    const bytes = Buffer.from(chunk);
    this.#held.push(bytes);
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
  async frame(frame: Uint8Array, time: number): Promise<DecodedLine> {
    const bytes = Buffer.from(frame);
    const explained = await this.#explain?.(this.#beforehand(undefined, bytes, time));
    const line = await this.#frame(bytes.toString('hex'), bytes, time);
    return explained === undefined ? line : { ...line, explained };
  }

  /** Set after bytes could not be framed; nothing is decoded after that. */
  get failure(): FairleadError | undefined {
    return this.#deframer.failure;
  }

  /** The ids of the requests of the last downlink that have one. */
  get requested(): readonly string[] {
    return this.#requested;
  }

  /** The bytes of a downlink. Rejects with SCRIPT_FUNCTION_MISSING, or the error of the script. */
  async encode(input: Parameters<Script['downlink']>[0], time: number): Promise<Buffer> {
    if (this.#script?.hasDownlink !== true)
      throw profilesErrors.error('PROFILE_SENDS_NOTHING', { profile: this.#profile.name });
    const { bytes, requests: made, ...states } = await this.#script.downlink(input, this.#call(time));
    this.#keepStates(states);
    this.#requested = [];
    if (made === undefined) return Buffer.concat(bytes);
    const requests = made.map((request) => this.#numbered(request));
    this.#requested = requests.flatMap(({ id }) => (id === undefined ? [] : [String(id)]));
    this.#asked = requests.filter(({ answer, id }) => answer && id === undefined);
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
    this.#asked = asked.filter(({ answer }) => answer);
    return asked.map(({ send }) => send);
  }

  #numbered(request: PollRequest): PollRequest {
    return request.sequence === undefined ? request : numbered(request, ++this.#numbers);
  }

  /**
   * These bytes were sent to the device: if they are a request of the profile, the next frame is read as its answer. What the script
   * throws while it is asked for its requests is no matter here.
   */
  async sent(bytes: Uint8Array, time: number): Promise<void> {
    for (const [row, request] of this.#table.requests.entries()) {
      const known = sentAs(request, bytes);
      if (known !== undefined) return this.#ask({ ...known, row });
    }
    if (this.#script?.hasPoll !== true) return;
    if (!this.#polled.some((request) => sentAs(request, bytes) !== undefined)) {
      const polled = await this.#script.poll(this.#call(time)).catch(() => undefined);
      if (polled === undefined) return;
      const { requests, ...states } = polled;
      this.#keepStates(states);
      this.#polled = requests;
    }
    const at = this.#polled.findIndex((request) => sentAs(request, bytes) !== undefined);
    if (at < 0) return;
    this.#ask(sentAs(this.#polled[at] as PollRequest, bytes) as PollRequest);
    this.#polled = this.#polled.toSpliced(at, 1);
  }

  /** A request that got no answer is forgotten when there are many. */
  #ask(request: Asked): void {
    if (!request.answer) return;
    this.#asked.push(request);
    if (this.#asked.length > MOST_ASKED) this.#asked.shift();
  }

  async #lines(frames: readonly DetailedFrame[], time: number): Promise<DecodedLine[]> {
    const lines: DecodedLine[] = [];
    for (const frame of frames) {
      const { offset, raw, payload } = frame;
      const gap = this.#take(offset);
      if (gap !== undefined) lines.push(gap);
      this.#held.drop(raw.length);
      this.#heldAt += raw.length;
      const explained = await this.#explain?.(this.#beforehand(frame, payload, time));
      const line = await this.#frame(raw.toString('hex'), payload, time);
      lines.push(explained === undefined ? line : { ...line, explained });
    }
    const { failure } = this.#deframer;
    if (failure !== undefined) {
      this.#failed = true;
      lines.push({ hex: this.#held.first(SHOWN).toString('hex'), ...failureOf(failure) });
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
    const hex = this.#held.first(Math.min(size, SHOWN)).toString('hex');
    this.#held.drop(size);
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
    const request = this.#asked.shift();
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
      ...answeredBy(done.flatMap(({ answers = [] }) => answers)),
      ...(failed === undefined ? {} : failureOf(failed.error)),
    };
  }

  /** With the states before it is decoded. */
  #beforehand(frame: DetailedFrame | undefined, payload: Buffer, time: number): SeenFrame {
    const [request] = this.#asked;
    const context = { ...this.#call(time), request: request?.data };
    return { frame, payload, context, row: request?.row };
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
