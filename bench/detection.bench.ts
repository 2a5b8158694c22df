/**
 * What it costs a link that a listener tells its protocol by its first bytes, among all profiles that come with Fairlead, the
 * official and the custom protocol. Each link sends the first bytes of an example of a profile, in one piece or byte by byte,
 * and is taken by that profile. The rival has the framing of the profile from the first byte on: the difference is what the
 * detection costs. Of the rounds the lower quartile counts, because disturbances make single rounds many times slower.
 */
import { Deframer } from '@fairlead/tcp/framing';
import { type Choice, DetectionTable, detectingCodec } from '../packages/gateway/src/listener/detect.ts';
import { nameOf, wholeCatalogue } from '../packages/gateway/test/catalogue.ts';
import { inTurns, main, quick } from './harness.ts';
import { type Report, row } from './report.ts';

/** A link, and the choice that takes it. */
interface Link {
  readonly bytes: Buffer;
  readonly choice: Choice;
}

type Way = 'in one piece' | 'byte by byte';

/** The choice for a link whose bytes come one by one: others may take it than if they came at once. */
function choiceOf(table: DetectionTable, bytes: Buffer, way: Way): Choice | undefined {
  for (let size = way === 'in one piece' ? bytes.length : 1; size <= bytes.length; size++) {
    const found = table.find(bytes.subarray(0, size), true);
    if (found !== 'more') return found;
  }
  return undefined;
}

function piecesOf(bytes: Buffer, way: Way): Buffer[] {
  return way === 'in one piece' ? [bytes] : Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
}

async function run(): Promise<Report> {
  const catalogue = await wholeCatalogue();
  const table = new DetectionTable(catalogue.choices);
  const detecting = detectingCodec('bench', () => table, 10_000);
  const rows = [];
  for (const way of ['in one piece', 'byte by byte'] as const) {
    const links: Link[] = catalogue.links.flatMap(({ profile, bytes }) => {
      const choice = choiceOf(table, bytes, way);
      return choice !== undefined && nameOf(choice) === profile ? [{ bytes, choice }] : [];
    });
    const sent = links.map(({ bytes, choice }) => ({ choice, pieces: piecesOf(bytes, way) }));
    const contestants = {
      table: () => {
        let found = 0;
        for (const { bytes } of links) if (choiceOf(table, bytes, way) !== undefined) found++;
        return found;
      },
      detecting: () => {
        let frames = 0;
        for (const { pieces } of sent) {
          const deframer = new Deframer(detecting.decoder(), detecting.name);
          for (const piece of pieces) frames += deframer.push(piece).length;
        }
        return frames;
      },
      known: () => {
        let frames = 0;
        for (const { choice, pieces } of sent) {
          const { codec } = choice.opening;
          const deframer = new Deframer(codec.decoder(), codec.name);
          for (const piece of pieces) frames += deframer.push(piece).length;
        }
        return frames;
      },
    };
    if (contestants.detecting() !== contestants.known()) throw new Error('the detection changes the frames');
    const rounds = { rounds: quick() ? 60 : 400, warmUp: 10 };
    const results = await inTurns(
      Object.keys(contestants) as (keyof typeof contestants)[],
      rounds,
      (name) => {
        const start = performance.now();
        contestants[name]();
        return ((performance.now() - start) * 1_000) / links.length;
      },
    );
    const of = (name: keyof typeof contestants) => lowerQuartile(results.get(name) ?? []);
    const difference = of('detecting') - of('known');
    const among = `among ${catalogue.choices.length}, ${way}`;
    rows.push(
      row(`detection ${among}`, difference, 'µs/link', undefined, { atMost: 2 }),
      row(`of it the choice alone, ${way}`, of('table'), 'µs/link'),
      row(`detection and first frames, ${way}`, of('detecting'), 'µs/link', of('known')),
      row(`links, ${way}`, links.length, ''),
    );
  }
  return { name: 'detection', rows };
}

function lowerQuartile(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 2] as number;
}

if (import.meta.main) await main(run);
