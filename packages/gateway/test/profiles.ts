/** Profiles of the tests, and a listener that takes them. */
import type { ListenerProfiles, Profile } from '../src/index.ts';
import { type TestDevice, world } from './harness.ts';

/** `*ID,DATA#`: letters say who sends, digits what. The identity is a field of frames that begin with `*`. */
export const stars: Profile = {
  id: 'p-stars',
  name: 'stars',
  framing: '{"rules":[{"kind":"delimiter","end":"23","max":"1KiB","match":{"range":[["2a","2b"]]}}]}',
  identity: {
    by: 'match',
    at: 1,
    length: 4,
    as: 'ascii',
    frames: 3,
    when: { at: 0, bytes: Buffer.from('*'), not: false },
  },
};

/** Lines whose script says who sends: `LOGIN id [secret]`, `HELLO` (a challenge), anything else (not yet). */
export const talks: Profile = {
  id: 'p-talks',
  name: 'talks',
  framing: '{"rules":[{"kind":"line","match":{"range":[["41","5a"],["30","39"]]}}]}',
  identity: { by: 'script', frames: 8 },
  uplink: 'talks',
};

export const bytes = (text: string): Buffer => Buffer.from(text);

export function deviceOf(profile: Profile, name: string, fields: Partial<TestDevice> = {}): TestDevice {
  return { name, protocol: 'profile', profile, identity: name, ...fields };
}

type Options = Parameters<typeof world>[1];

/** A gateway with a listener of these profiles at port 5023. */
export async function profileWorld(
  profiles: readonly Profile[],
  devices: TestDevice[],
  speech: Partial<ListenerProfiles> = {},
  options: Options = {},
  limits: Parameters<Awaited<ReturnType<typeof world>>['gateway']['listen']>[3] = {},
) {
  const made = await world(devices, options);
  for (const profile of profiles) made.profiles.set(profile.name as string, profile);
  made.scripts.sources.talks = {
    identify: (frame) => {
      const [verb, id, secret] = `${frame}`.split(' ');
      if (verb === 'HELLO') return { replies: [bytes('WHO?\n')] };
      if (verb === 'THROW') throw new Error('a test');
      if (verb !== 'LOGIN') return undefined;
      const known = secret === undefined ? {} : { secret: bytes(secret) };
      return { id, ...known, replies: [bytes('IN\n')], refusal: [bytes('OUT\n')], consumed: true };
    },
    uplink: (frame) => ({
      messages: [{ kind: 'attributes', json: JSON.stringify({ text: `${frame}` }) }],
      replies: [bytes(`GOT ${frame}\n`)],
    }),
    downlink: ({ values }) => [bytes(`SET ${JSON.stringify(values)};`)],
  };
  const names = profiles.map(({ name }) => name as string);
  await made.gateway.listen('trackers', { profiles: names, ...speech }, '127.0.0.1:5023', limits);
  return { ...made, tracker: () => made.dial(5023) };
}
