/**
 * From the first frames of a link to the identity of its device, without I/O but the calls of the script.
 *
 *     frame --read--> nothing yet | challenge (replies) | identified (id, replies, secret)      then: kept() for `uplink`
 *
 * Frames that carry no identity are kept, and so is the one that carries it unless the script has consumed it: they are
 * the device's first messages. The profile limits how many frames are read (`identity.frames`); the owner of the link limits
 * their bytes (`profiles.keptBytes`).
 */
import { type FairleadError, Fifo } from '@fairlead/core';
import type { Script, ScriptContext, StateChange } from '@fairlead/sandbox';
import { profilesErrors } from '../catalogue.ts';
import type { ProfileIdentity } from '../definition/schema.ts';
import { profilesLimits } from '../limits.ts';
import { IdentityField } from './field.ts';

const PRINTABLE = /^[\x21-\x7e]+$/;

export interface Identified extends StateChange {
  readonly id: string;
  /** What the device proved to know. */
  readonly secret?: Buffer | undefined;
  /** Sent at once when the device is admitted. */
  readonly replies: readonly Buffer[];
  /** Sent when it is refused. */
  readonly refusal: readonly Buffer[];
}

export type Reading =
  | { readonly is: 'more'; readonly replies: readonly Buffer[] }
  | ({ readonly is: 'known' } & Identified);

interface IdentifiedBy {
  readonly name: string;
  readonly identity: ProfileIdentity;
}

/** The identification of one link. */
export class Identification {
  readonly #profile: IdentifiedBy;
  readonly #field: IdentityField | undefined;
  readonly #script: Pick<Script, 'identify'> | undefined;
  readonly #kept = new Fifo<Buffer>();
  #frames = 0;
  #state: string | undefined;

  constructor(profile: IdentifiedBy, script: Pick<Script, 'identify'> | undefined) {
    this.#profile = profile;
    this.#script = script;
    this.#field = profile.identity.by === 'match' ? new IdentityField(profile.identity) : undefined;
  }

  /** State of the link that `identify` left, as JSON text. */
  get state(): string | undefined {
    return this.#state;
  }

  /**
   * Reads the next frame. Rejects with IDENTITY_MISSING after too many frames without one, IDENTITY_INVALID, or the error
   * of the script.
   */
  async read(frame: Buffer, call: ScriptContext): Promise<Reading> {
    const { identity, name } = this.#profile;
    const most = 'frames' in identity ? identity.frames : profilesLimits.values.identityFrames;
    const reading = await this.#read(frame, call);
    if (reading.is === 'more' && ++this.#frames >= most)
      throw profilesErrors.error('IDENTITY_MISSING', { frames: most, profile: name });
    return reading;
  }

  /** The frames that were read and belong to the device, in order. They are handed out once. */
  *kept(): Generator<Buffer, void, undefined> {
    for (let frame = this.#kept.shift(); frame !== undefined; frame = this.#kept.shift()) yield frame;
  }

  async #read(frame: Buffer, call: ScriptContext): Promise<Reading> {
    if (this.#field !== undefined) {
      this.#keep(frame);
      const id = this.#field.read(frame);
      if (id === undefined) return NOTHING;
      return { is: 'known', id: checked(id), replies: [], refusal: [] };
    }
    const script = this.#script as Pick<Script, 'identify'>;
    const { result, state = this.#state } = await script.identify(frame, { ...call, state: this.#state });
    this.#state = state;
    if (result !== undefined && result.id === undefined) return { is: 'more', replies: result.replies };
    if (!result?.consumed) this.#keep(frame);
    if (result?.id === undefined) return NOTHING;
    const { id, secret, replies, refusal } = result;
    return { is: 'known', id: checked(id), secret, replies, refusal };
  }

  #keep(frame: Buffer): void {
    this.#kept.push(frame);
  }
}

const NOTHING: Reading = { is: 'more', replies: [] };

/** Throws IDENTITY_INVALID. */
function checked(id: string): string {
  const most = profilesLimits.values.identity;
  const refuse = (reason: string): FairleadError => profilesErrors.error('IDENTITY_INVALID', { reason });
  if (id.length === 0) throw refuse('it is empty');
  if (id.length > most) throw refuse(`it has ${id.length} characters; at most ${most} are allowed`);
  if (!PRINTABLE.test(id)) throw refuse('it has white space, control characters or characters beyond ASCII');
  return id;
}
