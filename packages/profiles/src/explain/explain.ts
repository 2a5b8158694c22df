/**
 * Which bytes of a frame yield which field, without a declaration: each bit of a copy of the frame is changed, the copy is decoded
 * again, and the results are compared. The calls get copies of the states, and what they leave is not kept. A check that the framing
 * verifies does not stop a changed byte: the script gets the changed payload, and where it verifies a check itself, the right one is
 * written first.
 */
import { type Clock, systemClock } from '@fairlead/core';
import type { Script, ScriptContext, UplinkResult } from '@fairlead/sandbox';
import {
  type Codec,
  type DetailedFrame,
  FrameEditor,
  type Payload,
  parseFraming,
} from '@fairlead/tcp/framing';
import { Matcher } from '@fairlead/tcp/internal';
import type { ProfileDefinition } from '../definition/parse.ts';
import { IdentityField } from '../identity/field.ts';
import { profilesLimits } from '../limits.ts';
import { PollTable } from '../polling/table.ts';
import { Attribution, type ByteRange, MAIN_BIT, rangesOf } from './attribution.ts';
import { knownCheck } from './check-in-script.ts';
import { type FramingBytes, flip, frameOf, framingBytes } from './framing.ts';
import { FAILED, type Outcome, outcomeOf } from './outcome.ts';

/** A frame that is about to be decoded, and with what. */
export interface SeenFrame {
  /** Absent: only its payload is known. */
  readonly frame?: DetailedFrame | undefined;
  readonly payload: Buffer;
  readonly context: ScriptContext;
  /** Of a table of requests: the one that the frame answers. */
  readonly row?: number | undefined;
}

export interface ExplainedField {
  /** Its path among the values: `latitude`, `cells[0].lac`; `time`, `device` and `identity` are of the message. */
  readonly name: string;
  readonly value: unknown;
  /** Empty: it does not come from the bytes that were looked at. */
  readonly bytes: readonly ByteRange[];
  /** The profile says where it is. */
  readonly declared?: true;
}

/** Places count from the start of the frame: of its bytes on the wire, or of its payload where only that is known. */
export interface Explanation {
  /** How many bytes were looked at, from the start. */
  readonly size: number;
  readonly fields: readonly ExplainedField[];
  /** Bytes that decide what kind of frame it is. */
  readonly kind: readonly ByteRange[];
  readonly check: readonly ByteRange[];
  /** Marks, lengths, and what else the framing needs. */
  readonly framing: readonly ByteRange[];
  /** Bytes that change the reply alone, such as a sequence number. */
  readonly reply: readonly ByteRange[];
  /** False: time ran out, or the script did not end; the fields are those that were found until then. */
  readonly complete: boolean;
}

type ExplainedProfile = Pick<ProfileDefinition, 'framing' | 'identity' | 'fields' | 'poll'>;

/** A copy of the payload with some bits of a byte changed; undefined: it would be no frame. */
type Change = (at: number, bits: number) => Buffer | undefined;

const ALL_BITS = [MAIN_BIT, 2, 4, 8, 16, 32, 64, 128] as const;
/** Trials that are made at once: at first, at least and at most. Devices wait for the sandbox meanwhile, so they are fewer where a script is slow. */
const AT_ONCE = { first: 64, least: 4, most: 256 } as const;
/** Milliseconds that trials made at once may take. */
const TURN = 50;
/** Errors after which the script gets no more trials. */
const ENDING = new Set([
  'SCRIPT_TIMEOUT',
  'SCRIPT_KILLED',
  'SCRIPT_MEMORY',
  'SCRIPT_DISABLED',
  'SCRIPT_BUSY',
  'SANDBOX_CLOSED',
  'SANDBOX_FAILED',
]);

export class Explainer {
  readonly #profile: ExplainedProfile;
  readonly #script: Script | undefined;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #editor: FrameEditor;
  readonly #codec: Codec<unknown, Payload>;
  readonly #table: PollTable;

  /** @param script loaded for trials, so that its other calls do not suffer */
  constructor(
    profile: ExplainedProfile,
    script: Script | undefined,
    clock: Pick<Clock, 'monotonic'> = systemClock,
  ) {
    this.#profile = profile;
    this.#script = script;
    this.#clock = clock;
    this.#editor = new FrameEditor(profile.framing);
    this.#codec = parseFraming(profile.framing);
    this.#table = new PollTable(profile.poll?.requests ?? []);
  }

  /** Never rejects for what the bytes hold. It ends in bounded time: {@link profilesLimits} `explainTime`. */
  async explain(seen: SeenFrame): Promise<Explanation> {
    const { explainBytes, explainTime } = profilesLimits.values;
    const until = this.#clock.monotonic() + explainTime;
    const { payload } = seen;
    const frame = seen.frame ?? frameOf(this.#editor, this.#codec, payload);
    const facts = frame && framingBytes(this.#editor, frame, explainBytes);
    const wireOf = seen.frame === undefined ? (at: number) => [at] : (facts as FramingBytes).wireOf;
    const size = Math.min(payload.length, explainBytes);
    const trials = new Trials(this.#decoder(seen), seen, size, until, this.#clock);
    await trials.run(this.#changes(payload, frame));
    const { fields, kind, reply } = trials.attributed;
    const of = (places: ReadonlySet<number> | undefined) =>
      new Set(seen.frame === undefined ? shifted(places, frame, payload) : places);
    const check = of(facts?.check);
    const framing = of(facts?.framing);
    const length = of(facts?.length);
    const onWire = (places: readonly number[]) => places.flatMap((at) => wireOf(at));
    for (const at of trials.checkInScript) for (const place of wireOf(at)) check.add(place);
    const decided = onWire(kind).filter((at) => !check.has(at) && !length.has(at));
    // What decides the kind is more than a mark. A length may choose a layout too, but it is a length.
    for (const at of decided) framing.delete(at);
    const declared = this.#declared(payload, trials.base);
    const shown = [...fields].map(([name, places]): ExplainedField => {
      const value: unknown = JSON.parse(trials.base.leaves.get(name) as string);
      const said = declared.get(name);
      if (said !== undefined) return { name, value, bytes: rangesOf(onWire(said)), declared: true };
      const found = onWire(places).filter((at) => !check.has(at) && !length.has(at));
      return { name, value, bytes: rangesOf(found) };
    });
    return {
      size: seen.frame === undefined ? size : Math.min(seen.frame.raw.length, explainBytes),
      fields: shown.sort((a, b) => placeOf(a) - placeOf(b)),
      kind: rangesOf(decided),
      check: rangesOf(check),
      framing: rangesOf(framing),
      reply: rangesOf(onWire(reply).filter((at) => !check.has(at))),
      complete: trials.complete,
    };
  }

  /** The ways to change a payload: as it is, by the framing with its checks, and with the check that a script verifies. */
  *#changes(payload: Buffer, frame: DetailedFrame | undefined): Generator<Ways, void, undefined> {
    yield { change: (at, bits) => changed(payload, at, bits), check: [] };
    if (frame !== undefined) {
      const head = this.#editor.hasContent(frame) ? 0 : Math.max(0, frame.raw.indexOf(payload));
      yield {
        change: (at, bits) => this.#editor.changed(frame, flip(head + at, bits))?.payload,
        check: [],
      };
    }
    const found = knownCheck(payload);
    if (found !== undefined)
      yield { change: (at, bits) => found.write(changed(payload, at, bits)), check: found.places };
  }

  #decoder({ context, row, payload }: SeenFrame): Decode {
    const script = this.#script;
    if (row !== undefined) return async (payloads) => payloads.map((each) => this.#ofTable(row, each));
    const { identity } = this.#profile;
    const field = identity.by === 'match' ? new IdentityField(identity).read(payload) : undefined;
    let isFirst = true;
    let identifies = identity.by === 'script' && script?.hasIdentify === true;
    return async (payloads) => {
      const ids =
        identifies && script !== undefined
          ? await Promise.all(payloads.map((each) => idOf(script, each, context)))
          : [];
      // The first one is the frame itself: if it names nobody, the trials with it need not be asked.
      if (isFirst) identifies &&= ids[0] !== undefined;
      isFirst = false;
      const results = script?.hasUplink === true ? await uplinks(script, payloads, context) : [];
      return payloads.map((_, i) => {
        const id = field ?? ids[i];
        const result = results[i];
        // A frame that only names the device need not hold anything for `uplink`.
        const failed = result?.error !== undefined;
        const code = failed ? result.error.code : undefined;
        return { outcome: outcomeOf(failed && id !== undefined ? undefined : result, id), code };
      });
    };
  }

  #ofTable(row: number, payload: Buffer): Decoded {
    try {
      const json = this.#table.values(row, payload);
      return { outcome: outcomeOf({ messages: [{ kind: 'attributes', json }], replies: [] }) };
    } catch {
      return { outcome: FAILED }; // POLL_ANSWER_INVALID
    }
  }

  /** Places in the payload of the fields of a frame that the profile declares. */
  #declared(payload: Buffer, { leaves }: Outcome): Map<string, readonly number[]> {
    const declared = new Map<string, readonly number[]>();
    const add = (name: string, at: number, length: number): void => {
      const from = at < 0 ? payload.length + at : at;
      const places = Array.from({ length }, (_, i) => from + i).filter(
        (place) => place >= 0 && place < payload.length,
      );
      if (places.length > 0) declared.set(name, [...(declared.get(name) ?? []), ...places]);
    };
    const { identity, fields } = this.#profile;
    if (identity.by === 'match' && leaves.has('identity')) add('identity', identity.at, identity.length);
    for (const [name, { at = [] }] of Object.entries(fields))
      for (const { from, length, when } of leaves.has(name) ? at : []) {
        const matcher = Matcher.of(when);
        if (matcher === undefined || matcher.test(payload, 0, payload.length) === 1) add(name, from, length);
      }
    return declared;
  }
}

/** A way to change a payload, and the places of the check that it writes. */
interface Ways {
  readonly change: Change;
  readonly check: readonly number[];
}

interface Decoded {
  readonly outcome: Outcome;
  readonly code?: string | undefined;
}
type Decode = (payloads: readonly Buffer[]) => Promise<readonly Decoded[]>;

/** The trials with one frame. */
class Trials {
  base: Outcome = FAILED;
  complete = true;
  /** Places of a check that the script verifies itself. */
  checkInScript: readonly number[] = [];
  readonly #decode: Decode;
  readonly #payload: Buffer;
  readonly #size: number;
  readonly #until: number;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #attribution: Attribution;
  #atOnce: number = AT_ONCE.first;

  constructor(
    decode: Decode,
    { payload }: SeenFrame,
    size: number,
    until: number,
    clock: Pick<Clock, 'monotonic'>,
  ) {
    this.#decode = decode;
    this.#payload = payload;
    this.#size = size;
    this.#until = until;
    this.#clock = clock;
    this.#attribution = new Attribution(this.base, size);
  }

  get attributed() {
    return this.#attribution.result();
  }

  /** @param ways the first one is taken, unless most trials fail with it and fewer with a later one */
  async run(ways: Iterable<Ways>): Promise<void> {
    const [base] = await this.#decode([this.#payload]);
    if (base === undefined || base.outcome.failed) {
      this.complete = base?.code === undefined || !ENDING.has(base.code);
      return;
    }
    this.base = base.outcome;
    let best: { readonly way: Ways; readonly found: Attribution; readonly failed: number } | undefined;
    for (const way of ways) {
      const found = new Attribution(this.base, this.#size);
      const failed = await this.#pass(way, [MAIN_BIT], found);
      if (best === undefined || failed < best.failed) best = { way, found, failed };
      if (failed * 2 < this.#size) break;
    }
    if (best === undefined) return;
    this.#attribution = best.found;
    this.checkInScript = best.way.check;
    await this.#pass(best.way, ALL_BITS.slice(1), best.found);
  }

  /** Returns how many trials failed. */
  async #pass({ change }: Ways, bits: readonly number[], found: Attribution): Promise<number> {
    let failed = 0;
    let waiting: { at: number; bits: number; payload: Buffer }[] = [];
    const decode = async () => {
      const tried = waiting;
      waiting = [];
      const begun = this.#clock.monotonic();
      const decoded = await this.#decode(tried.map(({ payload }) => payload));
      const took = this.#clock.monotonic() - begun;
      if (took > TURN) this.#atOnce = Math.max(AT_ONCE.least, this.#atOnce >> 1);
      else if (took < TURN / 2) this.#atOnce = Math.min(AT_ONCE.most, this.#atOnce * 2);
      for (const [i, { outcome, code }] of decoded.entries()) {
        const { at, bits } = tried[i] as (typeof tried)[number];
        found.add(at, bits, outcome);
        if (outcome.failed) failed++;
        if (code !== undefined && ENDING.has(code)) this.complete = false;
      }
    };
    for (const bit of bits)
      for (let at = 0; at < this.#size && this.complete; at++) {
        const payload = change(at, bit);
        if (payload === undefined) continue;
        waiting.push({ at, bits: bit, payload });
        if (waiting.length < this.#atOnce) continue;
        await decode();
        if (this.#clock.monotonic() > this.#until) this.complete = false;
      }
    if (waiting.length > 0) await decode();
    return failed;
  }
}

function changed(payload: Buffer, at: number, bits: number): Buffer {
  const copy = Buffer.from(payload);
  flip(at, bits)(copy);
  return copy;
}

/** Each frame on its own: with the states as they were before the frame that is explained. */
async function uplinks(
  script: Script,
  payloads: readonly Buffer[],
  context: ScriptContext,
): Promise<readonly UplinkResult[]> {
  if (!script.keepsState) return (await script.uplink(payloads, context)).results;
  const calls = await Promise.all(payloads.map((payload) => script.uplink([payload], context)));
  return calls.map(({ results }) => results[0] as UplinkResult);
}

async function idOf(script: Script, payload: Buffer, context: ScriptContext): Promise<string | undefined> {
  try {
    return (await script.identify(payload, context)).result?.id;
  } catch {
    return undefined; // what the script cannot read names nobody
  }
}

/** Places on the wire as places in the payload. */
function shifted(
  places: ReadonlySet<number> | undefined,
  frame: DetailedFrame | undefined,
  payload: Buffer,
): number[] {
  const head = Math.max(0, frame?.raw.indexOf(payload) ?? 0);
  return [...(places ?? [])].map((at) => at - head).filter((at) => at >= 0 && at < payload.length);
}

const placeOf = ({ bytes: [first] }: ExplainedField): number => first?.[0] ?? Number.POSITIVE_INFINITY;
