import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Deframer } from '@fairlead/tcp/framing';
import { Detected, DetectionTable, detectingCodec } from '../../src/listener/detect.ts';
import { type Catalogue, type FirstBytes, nameOf, wholeCatalogue } from '../catalogue.ts';

/** How the bytes of a link come. */
const ways: Record<string, (bytes: Buffer) => Buffer[]> = {
  'in one piece': (bytes) => [bytes],
  'byte by byte': (bytes) => Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)),
};

/**
 * What an example of a profile shows and no link of it begins with, or what its devices choose freely: another takes it.
 */
const others: Readonly<Record<string, { readonly by: string; readonly because: string }>> = {
  astm_lis: { by: 'custom', because: 'EOT alone ends a session' },
  dlt645: { by: 'custom', because: 'the registration of a modem is any text' },
  wialon_ips: { by: 'custom', because: 'messages before the login' },
};

interface Taken {
  /** Undefined: nobody takes the link. */
  readonly by: string | undefined;
  readonly frames: readonly unknown[];
}

/** A link that is silent after its bytes. */
function taken(table: DetectionTable, pieces: readonly Buffer[]): Taken {
  const codec = detectingCodec('test', () => table, 10_000);
  const deframer = new Deframer(codec.decoder(), codec.name);
  const frames = [...pieces.flatMap((piece) => deframer.push(piece)), ...deframer.idle()];
  const [first] = frames;
  if (!(first instanceof Detected)) return { by: undefined, frames };
  return { by: nameOf(first.choice), frames: [first.frame, ...frames.slice(1)] };
}

/** What a framing makes of the same bytes without detection. */
function framesOf({ choices }: Catalogue, name: string, pieces: readonly Buffer[]): unknown[] {
  const { codec } = (choices.find((choice) => nameOf(choice) === name) as Catalogue['choices'][number])
    .opening;
  const deframer = new Deframer(codec.decoder(), codec.name);
  return [...pieces.flatMap((piece) => deframer.push(piece)), ...deframer.idle()];
}

const about = ({ profile, example }: FirstBytes, way: string): string => `${profile}: ${example}, ${way}`;

describe('the whole catalogue on one port', () => {
  it('gives each link to its own profile, where devices connect to Fairlead', async () => {
    const all = await wholeCatalogue();
    const listening = all.choices.filter(
      ({ profile }) => profile === undefined || all.listening.has(profile.name as string),
    );
    assert.ok(all.listening.size > 20);
    const table = new DetectionTable(listening);
    const strange = new Set<string>();
    for (const link of all.links.filter(({ profile }) => all.listening.has(profile)))
      for (const [way, cut] of Object.entries(ways)) {
        const { by } = taken(table, cut(link.bytes));
        // The frames may be incomplete: who reads on is known all the same.
        const whole = table.find(link.bytes, false);
        const chosen = by ?? (typeof whole === 'object' ? nameOf(whole) : undefined);
        if (chosen === link.profile) continue;
        assert.equal(chosen, others[link.profile]?.by, about(link, way));
        strange.add(link.profile);
      }
    assert.deepEqual([...strange].sort(), Object.keys(others).sort());
  });

  it('hands the bytes over as they came, whoever takes the link', async () => {
    const all = await wholeCatalogue();
    const table = new DetectionTable(all.choices);
    let compared = 0;
    for (const link of all.links)
      for (const [way, cut] of Object.entries(ways)) {
        const pieces = cut(link.bytes);
        const { by, frames } = taken(table, pieces);
        if (by === undefined) continue;
        assert.deepEqual(frames, framesOf(all, by, pieces), about(link, way));
        compared++;
      }
    assert.ok(compared > all.links.length);
  });

  it('decides the same however the bytes are cut', async () => {
    const { choices, links } = await wholeCatalogue();
    const table = new DetectionTable(choices);
    for (const link of links) {
      const [whole, bytewise] = Object.values(ways).map((cut) => taken(table, cut(link.bytes)).by);
      if (whole !== undefined && bytewise !== undefined) assert.equal(bytewise, whole, about(link, 'cut'));
    }
  });
});
