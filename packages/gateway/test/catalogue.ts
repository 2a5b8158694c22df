/** One port for everything: all profiles that come with Fairlead, the official and the custom protocol, as a listener has them. */
import { builtinNames, builtinProfile, type ProfileDefinition } from '@fairlead/profiles';
import type { Choice } from '../src/listener/detect.ts';
import { customProtocol } from '../src/protocol/custom.ts';
import { officialProtocol } from '../src/protocol/official.ts';
import { profileProtocol } from '../src/protocol/profile.ts';

/** What the devices of a profile may send first. */
export interface FirstBytes {
  readonly profile: string;
  readonly example: string;
  readonly bytes: Buffer;
}

export interface Catalogue {
  readonly choices: readonly Choice[];
  /** Names of the profiles whose devices connect to Fairlead. */
  readonly listening: ReadonlySet<string>;
  readonly links: readonly FirstBytes[];
}

/** Profiles of devices that are dialled take part as if their devices connected: the more there are to tell apart. */
export async function wholeCatalogue(): Promise<Catalogue> {
  const profiles = await Promise.all((await builtinNames()).map(builtinProfile));
  const protocol = profileProtocol();
  const choices: Choice[] = profiles.map((profile) => {
    const { name, direction, framing, detect } = profile;
    const identity = direction === 'dials' ? { by: 'script' as const, frames: 8 } : profile.identity;
    const terms = { id: name, name, framing, detect, identity };
    return { protocol, opening: protocol.opening(terms), profile: terms };
  });
  for (const other of [officialProtocol(), customProtocol()])
    choices.push({ protocol: other, opening: other.opening() });
  const listening = profiles.filter(({ direction }) => direction === 'listens').map(({ name }) => name);
  return { choices, listening: new Set(listening), links: profiles.flatMap(firstBytes) };
}

/** The bytes of each example that a device could send first: its own, or those of the first step of a conversation. */
function firstBytes({ name: profile, examples }: ProfileDefinition): FirstBytes[] {
  return examples.flatMap((example) => {
    const step = 'conversation' in example ? example.conversation[0] : example;
    if (step === undefined || !('hex' in step) || step.error !== undefined) return [];
    const bytes = Buffer.from(step.hex.replaceAll(/\s/g, ''), 'hex');
    return bytes.length === 0 ? [] : [{ profile, example: example.name, bytes }];
  });
}

/** Whose links a choice takes. */
export const nameOf = ({ protocol, profile }: Choice): string => profile?.name ?? protocol.name;
