/** Which bytes yield which field. */
import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import { createSandbox } from '@fairlead/sandbox';
import { checksum } from '@fairlead/tcp/framing';
import {
  builtinNames,
  builtinProfile,
  type DecodedLine,
  Explainer,
  type Explanation,
  ProfileLink,
  parseProfile,
} from '../../src/index.ts';
import { PROFILE } from '../support.ts';

const sandbox = createSandbox({});
after(() => sandbox.close());

const TIME = Date.parse('2024-01-01T00:00:00Z');
/** A position of "Concox GPS tracker communication protocol (GT06) V1.02", 5.2.1. */
const POSITION = '78781f120b081d112e10cf027ac7eb0c46584900148f01cc00287d001fb8000380810d0a';

const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');

async function explainerOf(profile: ReturnType<typeof parseProfile>) {
  const script =
    profile.script === undefined ? undefined : await sandbox.load(profile.script, { trial: true });
  const explainer = new Explainer(profile, script);
  return { script, explain: explainer.explain.bind(explainer) };
}

/** The lines of what a device sends at once. */
async function explained(
  profile: ReturnType<typeof parseProfile>,
  bytes: Buffer,
  terms: { known?: boolean; secret?: string | undefined; parameters?: object | undefined } = {},
): Promise<(DecodedLine & { readonly explained: Explanation })[]> {
  const { script, explain } = await explainerOf(profile);
  const link = new ProfileLink(profile, script, { known: true, ...(terms as object), explain });
  const lines = [...(await link.push(bytes, TIME)), ...(await link.end(TIME))];
  return lines.filter((line): line is DecodedLine & { explained: Explanation } => 'explained' in line);
}

const placesOf = ({ fields }: Explanation) =>
  Object.fromEntries(fields.map(({ name, bytes }) => [name, bytes]));

it('finds the fields of a GT06 position without a declaration', async () => {
  const [line] = await explained(await builtinProfile('gt06'), bytesOf(POSITION));
  const { explained: found } = line as NonNullable<typeof line>;
  const places = placesOf(found);
  assert.deepEqual(places.latitude, [[11, 14]]);
  assert.deepEqual(places.longitude, [[15, 18]]);
  assert.deepEqual(places.course, [[20, 21]]);
  assert.deepEqual(places.valid, [[20, 20]]);
  assert.deepEqual(places.time, [[4, 9]]);
  assert.deepEqual(
    found.kind,
    [
      [0, 0],
      [3, 3],
    ],
    '0 and 3 decide the kind',
  );
  assert.deepEqual(found.check, [[32, 33]]);
  assert.deepEqual(found.reply, [[30, 31]], 'the serial number is only in the reply');
  assert.deepEqual(found.framing, [
    [1, 2],
    [34, 35],
  ]);
  assert.equal(found.complete, true);
  assert.equal(found.fields.find(({ name }) => name === 'latitude')?.value, 23.111668333333334);
});

it('explains a login by the identity, before the device is known', async () => {
  const login = bytesOf('78780d0103534190360660610003c3df0d0a');
  const [line] = await explained(await builtinProfile('gt06'), login, { known: false });
  assert.equal(line?.identity, '353419036066061', 'the frame is decoded as ever afterwards');
  assert.deepEqual(placesOf((line as NonNullable<typeof line>).explained).identity, [[4, 11]]);
});

interface Step {
  readonly hex?: string;
  readonly poll?: unknown;
  readonly identity?: string;
  readonly now?: string;
}
interface Steps extends Step {
  readonly conversation?: readonly Step[];
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly secret?: string;
}

it('ends, and finds a field, in a frame of every profile', async () => {
  for (const name of await builtinNames()) {
    const profile = await builtinProfile(name);
    const { script, explain } = await explainerOf(profile);
    let found = 0;
    let frames = 0;
    // The shorter ones first: one is enough.
    const examples = (profile.examples as readonly unknown[] as readonly Steps[]).toSorted(
      (one, other) => JSON.stringify(one).length - JSON.stringify(other).length,
    );
    for (const { conversation, ...example } of examples) {
      const steps = conversation ?? [example];
      const { parameters, secret, now } = example;
      const known = !steps.some(({ identity }) => identity !== undefined);
      const link = new ProfileLink(profile, script, { parameters, secret, known, explain });
      for (const step of steps) {
        const time = Date.parse(step.now ?? now ?? new Date(TIME).toISOString());
        if (step.poll !== undefined) await link.poll(time);
        const lines = step.hex === undefined ? [] : await link.push(bytesOf(step.hex), time);
        if (conversation === undefined) lines.push(...(await link.end(time)));
        for (const { explained: explanation } of lines) {
          if (explanation === undefined || explanation.fields.length === 0) continue;
          frames++;
          found += explanation.fields.filter(({ bytes }) => bytes.length > 0).length;
        }
        if (frames > 0) break;
      }
      if (found > 0) break;
    }
    assert.ok(found > 0, `${name}: no field was found in ${frames} frames`);
  }
});

const profileOf = (files: Record<string, string>) => parseProfile({ 'profile.yaml': PROFILE, ...files });
const RAW = PROFILE.replace('framing: line', 'framing: "fixed:4"');

it('takes the places that a profile declares, for frames that they are declared for', async () => {
  const fields = `fields:
  level: { about: Level, at: { from: -1, length: 1 } }
  mode: { about: Mode, at: [{ from: 0, length: 1, when: { bytes: "02" } }] }
`;
  const script = 'export const uplink = (b) => ({ values: { level: b[1], mode: b[2] } });';
  const profile = parseProfile({ 'profile.yaml': RAW + fields, 'script.ts': script });
  const [first, second] = await explained(profile, bytesOf('0102030402020304'));
  const of = (line: typeof first) =>
    line?.explained.fields.map(({ name, bytes, declared }) => [name, bytes, declared]);
  assert.deepEqual(of(first), [
    ['mode', [[2, 2]], undefined],
    ['level', [[3, 3]], true],
  ]);
  assert.deepEqual(of(second), [
    ['mode', [[0, 0]], true],
    ['level', [[3, 3]], true],
  ]);
});

it('decodes each trial with a copy of the state, and keeps nothing of it', async () => {
  const script = `export function uplink(b, ctx) {
    ctx.state.count = (ctx.state.count ?? 0) + 1;
    return { values: { count: ctx.state.count, first: b[0] } };
  }`;
  const profile = parseProfile({ 'profile.yaml': RAW, 'script.ts': script });
  const lines = await explained(profile, bytesOf('010203040506070809101112'));
  assert.deepEqual(
    lines.map(({ values }) => (values as { count: number }).count),
    [1, 2, 3],
  );
  for (const { explained: each } of lines)
    assert.deepEqual(placesOf(each), { first: [[0, 0]], count: [] }, 'the count comes from the state');
});

it('writes a check that only the script verifies', async () => {
  const script = `import { crc16modbus, u8 } from 'fairlead:helpers';
  export function uplink(b) {
    if (crc16modbus(b.subarray(0, 6)) !== (b[6] | b[7] << 8)) throw new Error('wrong check');
    return { values: { a: b[0] * 256 + b[1], b: b[4] } };
  }`;
  const yaml = PROFILE.replace('framing: line', 'framing: "fixed:8"');
  const profile = parseProfile({ 'profile.yaml': yaml, 'script.ts': script });
  const frame = bytesOf('0102030405060000');
  frame.writeUInt16LE(checksum('crc16/modbus')?.of(frame, 0, 6) as number, 6);
  const [line] = await explained(profile, frame);
  const { explained: found } = line as NonNullable<typeof line>;
  assert.deepEqual(placesOf(found), { a: [[0, 1]], b: [[4, 4]] });
  assert.deepEqual(found.check, [[6, 7]]);
});

it('counts bytes on the wire where some are escaped', async () => {
  const framing = {
    rules: [
      {
        kind: 'markers',
        start: '7e',
        end: '7e',
        escape: { byte: '7d', map: { '01': '7d', '02': '7e' } },
        max: '1KiB',
      },
    ],
  };
  const script = 'export const uplink = (b) => ({ values: { first: b[0], second: b[1], third: b[2] } });';
  const profile = profileOf({
    'profile.yaml': PROFILE.replace('framing: line', `framing: ${JSON.stringify(framing)}`),
    'script.ts': script,
  });
  const [line] = await explained(profile, bytesOf('7e 11 7d02 33 7e'));
  const { explained: found } = line as NonNullable<typeof line>;
  assert.deepEqual(placesOf(found), { first: [[1, 1]], second: [[2, 3]], third: [[4, 4]] });
  assert.deepEqual(found.framing, [
    [0, 0],
    [5, 5],
  ]);
});

it('stops with a script that does not end, and its other calls go on', async () => {
  const script = `export function uplink(b) { while (b[2] !== 3); return { values: { first: b[0] } }; }`;
  const profile = parseProfile({ 'profile.yaml': RAW, 'script.ts': script });
  const begun = performance.now();
  const [line] = await explained(profile, bytesOf('01020304'));
  assert.equal(line?.explained.complete, false);
  assert.ok(performance.now() - begun < 5_000);
  const live = await sandbox.load(profile.script as string);
  const { results } = await live.uplink([bytesOf('01020304')], {
    device: 'd',
    type: 'standard',
    topic: 't',
    time: TIME,
  });
  assert.equal(results[0]?.error, undefined, 'the script is not penalised for what no device sent');
});

it('looks at the first 512 bytes of a long frame, and at nothing in one that the script refuses', async () => {
  const script = `export function uplink(b) {
    if (b[0] === 0xff) throw new Error('no');
    return { values: { early: b[511], late: b[512] } };
  }`;
  const yaml = PROFILE.replace('framing: line', 'framing: "fixed:600"');
  const profile = parseProfile({ 'profile.yaml': yaml, 'script.ts': script });
  const [long] = await explained(profile, Buffer.alloc(600, 1));
  assert.equal(long?.explained.size, 512);
  assert.deepEqual(placesOf((long as NonNullable<typeof long>).explained), { early: [[511, 511]], late: [] });
  const [refused] = await explained(profile, Buffer.alloc(600, 0xff));
  assert.equal(refused?.error, 'SCRIPT_FAILED');
  assert.deepEqual(refused?.explained.fields, []);
});
