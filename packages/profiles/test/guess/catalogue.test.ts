/** The profile of the catalogue that sent some bytes is the first guess. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createSandbox } from '@fairlead/sandbox';
import {
  builtinNames,
  builtinProfile,
  type Example,
  guessFraming,
  guessProfile,
  type ProfileDefinition,
} from '../../src/index.ts';

const sandbox = createSandbox({});
after(() => sandbox.close());
const profiles = await Promise.all((await builtinNames()).map(builtinProfile));
/** Of these 48, so many may come later than first. */
const MISSED = 4;
const FRAMES = 5;

const bytesOf = (example: Example): Buffer[] =>
  'hex' in example && example.error === undefined
    ? [Buffer.from(example.hex.replaceAll(/\s/g, ''), 'hex')]
    : 'conversation' in example
      ? example.conversation.flatMap((step) =>
          'hex' in step && step.error === undefined
            ? [Buffer.from(step.hex.replaceAll(/\s/g, ''), 'hex')]
            : [],
        )
      : [];
const sent = ({ examples }: ProfileDefinition): Buffer[] => examples.flatMap(bytesOf).slice(0, FRAMES);
const forms: Readonly<Record<string, (frames: readonly Buffer[]) => Buffer>> = {
  'hex digits, a write each': (frames) => Buffer.from(frames.map((one) => one.toString('hex')).join('\n')),
  'bytes as they came': (frames) => Buffer.concat(frames),
};

for (const [form, written] of Object.entries(forms))
  test(`${form}: the right profile is the first`, async (t) => {
    const missed: string[] = [];
    for (const profile of profiles) {
      const { guesses } = await guessProfile(written(sent(profile)), profiles, sandbox);
      const [first, second] = guesses;
      const isFirst = first?.profile === profile.name && first.score > (second?.score ?? 0);
      if (!isFirst)
        missed.push(
          `${profile.name} (${guesses.slice(0, 3).map(({ profile, score }) => `${profile} ${score}`)})`,
        );
    }
    t.diagnostic(`${profiles.length - missed.length} of ${profiles.length}; not: ${missed.join(', ')}`);
    assert.ok(missed.length <= MISSED, missed.join('\n'));
  });

test('scripts decide where framings cannot: lines of text of several protocols', async () => {
  const lines = Buffer.from(
    'MSG,3,1,1,4CA2D6,1,2009/10/21,18:27:11.000,2009/10/21,18:27:11.000,,37000,,,51.45735,-1.02826,,,0,0,0,0\r\n',
  );
  const byFraming = guessFraming(lines, profiles).guesses;
  const tied = byFraming.filter(({ score }) => score === byFraming[0]?.score);
  assert.ok(tied.length > 1);
  const [first] = (await guessProfile(lines, profiles, sandbox)).guesses;
  assert.equal(first?.profile, 'adsb_sbs1');
  assert.ok(first.because.includes('its script understands 1 of 1'));
});

test('a login names the identity that it carries', async () => {
  const [first] = (await guessProfile(Buffer.from('78780d0103534190360660610003c3df0d0a'), profiles, sandbox))
    .guesses;
  assert.deepEqual(
    [first?.profile, first?.because.includes('it identifies 353419036066061')],
    ['gt06', true],
  );
});
