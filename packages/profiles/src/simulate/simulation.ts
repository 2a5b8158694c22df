/**
 * Devices made of the examples of their profile. Each has an identity of its own, written into its frames in the form in
 * which the example has it, with right checksums.
 *
 *     examples --> material --> device(number): opening, reading(n), responder(): request -> answers
 */

import type { Sandbox, Script } from '@fairlead/sandbox';
import { FrameEditor } from '@fairlead/tcp/framing';
import { profilesErrors } from '../catalogue.ts';
import { ProfileLink } from '../decoding/profile-link.ts';
import type { ProfileDefinition } from '../definition/parse.ts';
import { unitOf } from '../vocabulary.ts';
import { identityLike, replaceIdentity } from './identity-forms.ts';
import { type Frame, type Material, materialOf } from './material.ts';
import { ModbusRegisters, ModbusUnits } from './modbus.ts';
import { MovingPlaces, moved } from './moving.ts';
import { RecordedAnswers } from './recorded-answers.ts';
import type { Responder } from './responder.ts';

/** Bytes that a device sends, and how many bytes the host owes as a reply to them. */
export interface SimulatedFrame {
  readonly bytes: Buffer;
  readonly reply: Buffer;
}

export interface SimulatedDevice {
  /** Undefined: the protocol names none. */
  readonly identity: string | undefined;
  /** Sent first, one after the other; a frame with a reply waits for it. */
  readonly opening: readonly SimulatedFrame[];
  /** The reading with this number, from 0; undefined: the device only answers. */
  reading(number: number): SimulatedFrame | undefined;
  /** What answers on a new link. */
  responder(): Responder;
}

export class Simulation {
  readonly #profile: ProfileDefinition;
  readonly #script: Script | undefined;
  readonly #material: Material;
  readonly #editor: FrameEditor;
  #opening: readonly Frame[] = [];
  /** The identity in the opening frames, and whether it can be replaced. */
  #pattern: string | undefined;
  #varies = false;
  #readings: readonly Frame[] = [];
  /** The exchanges, with the identities in the answers. */
  readonly #exchanges: { readonly request: Buffer; readonly answers: readonly Frame[] }[] = [];
  /** Of readings whose numbers move: where. */
  readonly #moving = new Map<Frame, Awaited<ReturnType<MovingPlaces['of']>>>();

  private constructor(profile: ProfileDefinition, script: Script | undefined, material: Material) {
    this.#profile = profile;
    this.#script = script;
    this.#material = material;
    this.#editor = new FrameEditor(profile.framing);
  }

  /** Rejects with PROFILE_EXAMPLES_MISSING, or the error of the script. */
  static async of(profile: ProfileDefinition, scripts: Pick<Sandbox, 'load'>): Promise<Simulation> {
    const script = profile.script === undefined ? undefined : await scripts.load(profile.script);
    const simulation = new Simulation(profile, script, await materialOf(profile, script));
    await simulation.#choose();
    if (simulation.#readings.length === 0 && simulation.#material.exchanges.length === 0)
      throw profilesErrors.error('PROFILE_EXAMPLES_MISSING', { profile: profile.name });
    return simulation;
  }

  /** How devices must be set up for this simulation: the parameters and the secret of the examples. */
  get setup(): Material['setup'] {
    return this.#material.setup;
  }

  /** Whether devices send without being asked. */
  get pushes(): boolean {
    const asked = this.#profile.direction === 'dials' && this.#profile.poll !== undefined;
    return !asked && this.#readings.length > 0;
  }

  /** How many of the readings have numbers that move each time they are sent again. */
  get movingReadings(): number {
    return this.#moving.size;
  }

  /** Different readings that a device sends. */
  get readings(): number {
    return this.#readings.length;
  }

  /** @param number from 1. Rejects with SIM_IDENTITY_FIXED where its identity cannot be written into the frames. */
  async device(number: number): Promise<SimulatedDevice> {
    const pattern = this.#pattern;
    const made = pattern === undefined || !this.#varies ? undefined : identityLike(pattern, number);
    const own = made !== undefined && (await this.#identifies(this.#opening, made)) ? made : undefined;
    if (own === undefined && pattern !== undefined && number > 1)
      throw profilesErrors.error('SIM_IDENTITY_FIXED', { profile: this.#profile.name, identity: pattern });
    const identity = own ?? pattern;
    const readings = this.#readings;
    const { pushes } = this;
    const exchanges = this.#exchanges.map(({ request, answers }) => ({
      request,
      answers: answers.map((answer) => this.#framed(answer, identity).bytes),
    }));
    const registers = this.#isModbus ? new ModbusRegisters(this.setup.parameters?.registers) : undefined;
    return {
      identity,
      opening: this.#opening.map((frame) => this.#framed(frame, identity)),
      reading: (n) => {
        const turn = n + number - 1;
        const frame = readings[turn % readings.length] as Frame;
        return pushes
          ? this.#framed(this.#moved(frame, Math.floor(turn / readings.length)), identity)
          : undefined;
      },
      responder: () =>
        registers === undefined ? new RecordedAnswers(exchanges, this.#editor) : new ModbusUnits(registers),
    };
  }

  get #isModbus(): boolean {
    return /['"]fairlead:modbus['"]/.test(this.#profile.script ?? '');
  }

  /** A frame that the framing reads, with one bit changed so that its checksum is wrong; undefined: it has none. */
  damaged(bytes: Buffer, random: () => number): Buffer | undefined {
    return this.#editor.damaged(bytes, random);
  }

  /** Takes the first opening whose identity can be replaced, else the first. */
  async #choose(): Promise<void> {
    const { openings, readings } = this.#material;
    for (const opening of openings) {
      const pattern = identityOf(opening);
      const probe = pattern === undefined ? undefined : identityLike(pattern, 1);
      if (probe === undefined || !(await this.#identifies(opening, probe))) continue;
      this.#opening = opening;
      this.#varies = true;
      break;
    }
    if (!this.#varies) this.#opening = openings[0] ?? [];
    this.#pattern = identityOf(this.#opening);
    this.#readings = await this.#own(this.#usable(readings));
    if (this.pushes) await this.#findMoving();
    for (const { request, answers } of this.#material.exchanges) {
      const named: Frame[] = [];
      for (const bytes of answers)
        named.push({ bytes, identity: await this.#named(bytes), reply: Buffer.alloc(0) });
      this.#exchanges.push({ request, answers: named });
    }
  }

  async #findMoving(): Promise<void> {
    const decode = async (bytes: Buffer) => {
      const link = new ProfileLink(this.#profile, this.#script, { known: true });
      return [...(await link.push(bytes, NOW)), ...(await link.end(NOW))];
    };
    const { fields } = this.#profile;
    const unit = (name: string) => unitOf(fields, name);
    const moving = new MovingPlaces(this.#editor, { decode, unit });
    for (const reading of this.#readings) {
      const places = await moving.of(reading.bytes);
      if (places.length > 0) this.#moving.set(reading, places);
    }
  }

  /** @param by how often the reading was sent before */
  #moved(reading: Frame, by: number): Frame {
    const places = this.#moving.get(reading);
    if (places === undefined || by % 10 === 0) return reading;
    return { ...reading, bytes: moved(reading.bytes, this.#editor, places, by) ?? reading.bytes };
  }

  /** Frames without an identity, and those whose identity can be replaced by that of a device. */
  #usable(frames: readonly Frame[]): readonly Frame[] {
    const pattern = this.#pattern;
    if (pattern === undefined) return frames;
    const probe = identityLike(pattern, 1) ?? pattern;
    const usable = frames.filter(
      ({ bytes, identity }) => identity === undefined || this.#edited(bytes, identity, probe) !== undefined,
    );
    return usable.length > 0 ? usable : frames;
  }

  /** The identity in a frame that stands alone; undefined: it has none, or all devices have the same. */
  async #named(bytes: Buffer): Promise<string | undefined> {
    if (!this.#varies) return undefined;
    const link = new ProfileLink(this.#profile, this.#script);
    const lines = [...(await link.push(bytes, NOW)), ...(await link.end(NOW))];
    return lines.findLast(({ identity }) => identity !== undefined)?.identity;
  }

  /** Frames that the profile takes from a device with an identity of its own. Others may name one where it cannot be replaced. */
  async #own(frames: readonly Frame[]): Promise<readonly Frame[]> {
    const probe = this.#varies && this.#pattern !== undefined ? identityLike(this.#pattern, 1) : undefined;
    if (probe === undefined) return frames;
    const own: Frame[] = [];
    for (const frame of frames) {
      const link = new ProfileLink(this.#profile, this.#script);
      for (const { bytes } of this.#opening.map((one) => this.#framed(one, probe)))
        await link.push(bytes, NOW);
      const lines = [...(await link.push(this.#framed(frame, probe).bytes, NOW)), ...(await link.end(NOW))];
      if (lines.every(({ error }) => error !== 'IDENTITY_CHANGED')) own.push(frame);
    }
    return own.length > 0 ? own : frames;
  }

  #framed({ bytes, identity, reply }: Frame, own: string | undefined): SimulatedFrame {
    if (identity === undefined || own === undefined || identity === own) return { bytes, reply };
    return { bytes: this.#edited(bytes, identity, own) ?? bytes, reply };
  }

  #edited(bytes: Buffer, from: string, to: string): Buffer | undefined {
    if (from.length !== to.length) return undefined;
    let places = 0;
    const edited = this.#editor.edit(bytes, (content) => {
      places += replaceIdentity(content, from, to);
    });
    return places > 0 ? edited : undefined;
  }

  /** Whether the profile itself reads this identity from opening frames. */
  async #identifies(opening: readonly Frame[], identity: string): Promise<boolean> {
    const link = new ProfileLink(this.#profile, this.#script);
    let found: string | undefined;
    for (const frame of opening)
      for (const line of await link.push(this.#framed(frame, identity).bytes, NOW))
        found = line.identity ?? found;
    for (const line of await link.end(NOW)) found = line.identity ?? found;
    return found === identity;
  }
}

const identityOf = (frames: readonly Frame[]): string | undefined =>
  frames.findLast(({ identity }) => identity !== undefined)?.identity;

/** When the frames come. */
const NOW = Date.UTC(2024, 0, 1);
