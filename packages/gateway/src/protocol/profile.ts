/**
 * Devices that speak as they left the factory, sans I/O: the framing of their profile from the first byte, and an identity
 * in their first frames.
 *
 *     frames of the profile    until one says who it is     -> the link is this device's
 *                              these too, and from then on  -> the uplink script, else devices/{device}/raw
 *
 * What scripts send is written as it is: a profile's script makes whole messages of its protocol.
 */
import { Identification, IdentityField, type MatchIdentity, profilesErrors } from '@fairlead/profiles';
import { type Codec, type Payload, parseFraming, raw } from '@fairlead/tcp';
import { headOfFraming, headOfMatches } from '@fairlead/tcp/internal';
import { gatewayErrors } from '../catalogue.ts';
import type { Profile } from '../ports.ts';
import { CodecCache } from './codec-cache.ts';
import type {
  CodecTerms,
  DeviceProtocol,
  EncodedDownlink,
  Handshake,
  HandshakeStep,
  Meaning,
  Opening,
  Sender,
} from './protocol.ts';
import { codecAfterToken, tokenOpening } from './token-opening.ts';

export function profileProtocol(): DeviceProtocol<Buffer, Payload> {
  const codecs = new CodecCache<Buffer, Payload>();
  const codecOf = ({ framing = 'raw' }: Profile) =>
    codecs.get(framing, () => asWritten(parseFraming(framing)));
  const fields = new IdentityFields();
  return {
    name: 'profile',
    splitsDownlinks: false,
    opening(profile) {
      if (profile === undefined) throw gatewayErrors.error('PROFILES_MISSING');
      return openingOf(profile, codecOf(profile));
    },
    codec({ device, identity, begun }: CodecTerms) {
      const codec = codecOf(device.profile);
      if (identity.kind === 'token') return codecAfterToken(codec, identity);
      // The decoder goes on: it may know what came first, and which frames follow which.
      const goesOn = begun !== undefined && begun.profile.framing === device.profile.framing;
      return goesOn ? { ...codec, decoder: () => begun.decoder as ReturnType<typeof codec.decoder> } : codec;
    },
    uplink: (frames, sender) => frames.map((payload) => meaningOf(payload, sender, fields)),
    downlink: ({ payload }: EncodedDownlink) => payload,
  };
}

/** Throws PROFILE_NOT_LISTENING. */
function openingOf(profile: Profile, codec: Codec<Buffer, Payload>): Opening<Buffer, Payload> {
  const { name = profile.id, identity, direction } = profile;
  if (direction === 'dials' || identity?.by === 'none')
    throw gatewayErrors.error('PROFILE_NOT_LISTENING', { profile: name });
  if (identity === undefined || identity.by === 'token') return tokenOpening();
  const head =
    profile.detect === undefined ? headOfFraming(profile.framing ?? 'raw') : headOfMatches(profile.detect);
  const parameters = profile.parameters && JSON.stringify(profile.parameters);
  return {
    weight: head.weight,
    detect: (bytes) => head.test(bytes),
    codec,
    handshake: ({ script, now }) =>
      new ProfileHandshake(new Identification({ name, identity }, script), parameters, now),
  };
}

class ProfileHandshake implements Handshake<Buffer> {
  readonly #identification: Identification;
  readonly #parameters: string | undefined;
  readonly #now: () => number;

  constructor(identification: Identification, parameters: string | undefined, now: () => number) {
    this.#identification = identification;
    this.#parameters = parameters;
    this.#now = now;
  }

  async read(frame: Buffer): Promise<HandshakeStep> {
    const call = {
      device: '',
      type: 'standard',
      topic: '',
      time: this.#now(),
      parameters: this.#parameters,
    } as const;
    // A copy, because a frame that is kept would hold the whole chunk that it came in.
    const reading = await this.#identification.read(Buffer.from(frame), call);
    const { replies } = reading;
    if (reading.is === 'more') return replies.length === 0 ? undefined : { kind: 'challenge', replies };
    const { id, secret, refusal } = reading;
    return { kind: 'reported', id, secret, replies, refusal };
  }

  kept(): Buffer[] {
    return [...this.#identification.kept()];
  }

  get state(): string | undefined {
    return this.#identification.state;
  }
}

/** Fields that hold identities, compiled. */
class IdentityFields {
  readonly #fields = new WeakMap<MatchIdentity, IdentityField>();

  of(identity: MatchIdentity): IdentityField {
    let field = this.#fields.get(identity);
    if (field === undefined) {
      field = new IdentityField(identity);
      this.#fields.set(identity, field);
    }
    return field;
  }
}

/** A frame of another device is refused, where the profile says which frames name theirs. */
function meaningOf(payload: Buffer, { device, reported }: Sender, fields: IdentityFields): Meaning<Payload> {
  const terms = device.profile.identity;
  if (terms?.by !== 'match' || terms.when === undefined || reported === undefined)
    return { kind: 'raw', payload };
  const named = fields.of(terms).read(payload);
  if (named === undefined || named === reported) return { kind: 'raw', payload };
  const error = profilesErrors.error('IDENTITY_CHANGED', {
    device: device.name,
    identity: reported,
    named,
  });
  return { kind: 'refused', error, payload };
}

/** The same codec, whose encoder writes bytes as they are. */
function asWritten(codec: Codec<Buffer, Payload>): Codec<Buffer, Payload> {
  return { name: codec.name, decoder: () => codec.decoder(), encoder: () => raw().encoder() };
}
