import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createSandbox } from '@fairlead/sandbox';
import { builtinProfile, type ProfileFiles, parseProfile } from '../../src/index.ts';
import type { ReplayDifference } from '../../src/replay/outcomes.ts';
import { Replay, type ReplayedFrame } from '../../src/replay/replay.ts';

const sandbox = createSandbox({});
after(() => sandbox[Symbol.asyncDispose]());

const HEAD = { what: 'capture', version: 1, id: 'a', target: 'pump', of: 'device', payload: 'masked' };
const START = Date.parse('2026-03-01T12:00:00.000Z');
const at = (ms: number) => new Date(START + ms).toISOString();
const hex = (text: string) => Buffer.from(text).toString('hex');
const TOKEN = `fl_${'*'.repeat(32)}`;

/** A profile of lines such as `t=21`. */
const LINES = `name: lines
title: Lines
source: [a test]
version: 1.0.0
framing: line
`;
const SCRIPT = `export function uplink(bytes) {
  const text = String.fromCharCode(...bytes);
  if (text === 'bad') throw new Error('bad');
  const [name, value] = text.split('=');
  return value === undefined ? undefined : { values: { [name]: Number(value) } };
}`;

interface Terms extends Partial<Omit<ConstructorParameters<typeof Replay>[0], 'profile' | 'script'>> {
  readonly script?: string;
  readonly yaml?: string;
  readonly profile?: ProfileFiles;
}

async function replay(
  lines: readonly unknown[],
  { script = SCRIPT, yaml = LINES, profile, ...options }: Terms = {},
) {
  const definition = parseProfile(profile ?? { 'profile.yaml': yaml, 'script.ts': script });
  const loaded = definition.script === undefined ? undefined : await sandbox.load(definition.script);
  const run = new Replay({ profile: definition, script: loaded, ...options });
  const frames: ReplayedFrame[] = [];
  const differences: ReplayDifference[] = [];
  const values = (async function* () {
    yield* lines;
  })();
  for await (const item of run.run(values))
    if ('frame' in item) frames.push(item.frame);
    else differences.push(item.difference);
  return { frames, differences, summary: run.summary };
}

const opened = (ms = 0, link = '1') => ({ what: 'opened', time: at(ms), link, remote: 'a', local: 'b' });
const received = (text: string, ms: number, link = '1') => ({
  what: 'received',
  time: at(ms),
  link,
  device: 'pump',
  hex: hex(text),
});
const frame = (text: string, ms: number) => ({
  what: 'frame',
  time: at(ms),
  link: '1',
  device: 'pump',
  hex: hex(text),
});
const message = (values: object, ms: number, more = {}) => ({
  what: 'message',
  time: at(ms + 3),
  link: '1',
  device: 'pump',
  of: 'pump',
  kind: 'attributes',
  measured: at(ms + 1),
  values,
  ...more,
});

test('bytes of each link are framed and decoded again, after the token, with a fresh state', async () => {
  const lines = [
    HEAD,
    opened(),
    received(TOKEN.slice(0, 20), 1),
    received(`${TOKEN.slice(20)}\r`, 2),
    received('\nt=2', 3),
    received('1\nbad\nnote\n', 9),
    opened(20, '2'),
    received(`${TOKEN}t=5\n`, 21, '2'),
    'a line that a crash has cut',
    { what: 'missed', time: at(30), count: 4 },
    { what: 'end', time: at(99), reason: 'stopped' },
  ];
  const { frames, summary } = await replay(lines);
  assert.deepEqual(
    frames.map(({ link, at: time, of, hex, values, error }) => [
      link,
      time,
      of,
      Buffer.from(hex, 'hex').toString(),
      values,
      error,
    ]),
    [
      ['1', at(9), 'pump', 't=21\n', { t: 21 }, undefined],
      ['1', at(9), 'pump', 'bad\n', undefined, 'SCRIPT_FAILED'],
      ['1', at(9), 'pump', 'note\n', undefined, undefined],
      ['2', at(21), 'pump', 't=5\n', { t: 5 }, undefined],
    ],
  );
  assert.deepEqual(summary, {
    links: 2,
    frames: 4,
    messages: 2,
    errors: 1,
    differences: 0,
    missed: 4,
    unreadable: 1,
  });
});

test('tokens of other systems end at a line end or after silence; known devices send none', async () => {
  const first = async (lines: object[], options = {}) =>
    (await replay([HEAD, ...lines], options)).frames[0]?.values;
  assert.deepEqual(await first([opened(), received('secret-7\nt=1\n', 1)]), { t: 1 });
  assert.deepEqual(await first([opened(), received('secret-7', 1), received('t=1\n', 400)]), { t: 1 });
  assert.deepEqual(await first([opened(), received('t=1\n', 1)], { setup: () => ({ known: true }) }), {
    t: 1,
  });
  assert.deepEqual(await first([{ ...opened(), what: 'attached' }, received('t=1\n', 1)]), { t: 1 });
});

test('the same script differs in nothing; a changed one in the fields that it changes', async () => {
  const lines: object[] = [HEAD, { ...opened(), what: 'attached' }];
  for (let i = 1; i <= 300; i++) {
    const ms = 10 * i;
    lines.push(received(`t=${i}\n`, ms), frame(`t=${i}`, ms), message({ t: i }, ms));
  }
  const { differences, summary } = await replay(lines, { diff: true });
  assert.deepEqual(differences, []);
  assert.equal(summary.messages, 300);
  const changed = SCRIPT.replace('Number(value)', 'Number(value) === 150 ? 0 : Number(value), unit: "C"');
  const other = await replay(lines, { diff: true, script: changed });
  assert.equal(other.differences.length, 300);
  assert.deepEqual(other.differences[149], {
    diff: 'changed',
    of: 'message',
    link: '1',
    at: at(1_500),
    device: 'pump',
    hex: hex('t=150\n'),
    changes: [
      { field: 't', old: 150, new: 0 },
      { field: 'unit', new: 'C' },
    ],
    kind: undefined,
    measured: undefined,
  });
});

test('messages, frames and errors that only one side has', async () => {
  const lines = [
    HEAD,
    { ...opened(), what: 'attached' },
    received('t=1\nskip=2\nbad\nt=4\n', 5),
    ...['t=1', 'skip=2', 'bad', 't=4', 'lost'].map((text) => frame(text, 5)),
    message({ t: 1 }, 5),
    message({ skip: 2 }, 5),
    { what: 'refused', time: at(7), link: '1', device: 'pump', code: 'SCRIPT_FAILED', reason: 'old' },
    {
      what: 'refused',
      time: at(7),
      link: '1',
      device: 'pump',
      code: 'RATE_EXCEEDED',
      reason: 'not of decoding',
    },
    message({ t: 4 }, 5),
    message({ gone: 1 }, 5),
  ];
  const same = await replay(lines, { diff: true });
  const told = (differences: readonly ReplayDifference[]) =>
    differences.map(({ diff, of, hex = '', values, code }) => [
      diff,
      of,
      Buffer.from(hex, 'hex').toString(),
      values ?? code,
    ]);
  assert.deepEqual(told(same.differences), [
    ['removed', 'frame', 'lost', undefined],
    ['removed', 'message', '', { gone: 1 }],
  ]);
  const script = SCRIPT.replace("=== 'bad'", "=== 'skip=2'");
  const { differences } = await replay(lines, { diff: true, script });
  const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  assert.deepEqual(told(differences).toSorted(byText), [
    ['removed', 'frame', 'lost', undefined],
    ['removed', 'message', '', { gone: 1 }],
    ['removed', 'message', '', { skip: 2 }],
  ]);
  const quiet = SCRIPT.replace("if (text === 'bad') throw new Error('bad');", '');
  assert.deepEqual(
    told((await replay(lines, { diff: true, script: quiet })).differences).filter(([, of]) => of === 'error'),
    [['removed', 'error', '', 'SCRIPT_FAILED']],
  );
});

test('kind and time of a message; the order of fields is no difference', async () => {
  const script = `export const uplink = () => ({ kind: 'events', values: { b: 1, a: { c: [1], d: 2 } }, time: ${START} });`;
  const recorded = message({ a: { d: 3, c: [1] }, b: 1 }, 5);
  const lines = [HEAD, { ...opened(), what: 'attached' }, received('x\n', 5), frame('x', 5), recorded];
  const [difference] = (await replay(lines, { diff: true, script })).differences;
  assert.partialDeepStrictEqual(difference, {
    changes: [{ field: 'a.d', old: 3, new: 2 }],
    kind: { old: 'attributes', new: 'events' },
    measured: { old: at(6), new: at(0) },
  });
});

test('recorded frames instead of bytes; messages of sub-devices', async () => {
  const script = `export const uplink = (bytes) => ({ values: JSON.parse(String.fromCharCode(...bytes)) });`;
  const text = '{"7":{"n":1},"8":{"n":2},"9":{"n":3}}';
  const lines = [
    HEAD,
    opened(),
    received('an official packet', 1),
    frame(text, 1),
    message({ n: 1 }, 1, { of: 'left' }),
    message({ n: 5 }, 1, { of: 'right' }),
  ];
  const names: Readonly<Record<string, string>> = { 7: 'left', 8: 'right' };
  const setup = () => ({ subDeviceOf: (address: string) => names[address] });
  const { frames, differences } = await replay(lines, { diff: true, script, frames: true, setup });
  assert.equal(frames.length, 1);
  assert.deepEqual(
    differences.map(({ device, changes }) => [device, changes]),
    [['right', [{ field: 'n', old: 5, new: 2 }]]],
  );
});

test('frames that answer requests of the profile, and frames that silence ends', async () => {
  const yaml = `${LINES}direction: dials
poll:
  requests:
    - {name: temperature, send: "T?", as: number}
    - {name: state, sendHex: "533f"}
`;
  const sent = (text: string, ms: number) => ({ what: 'sent', time: at(ms), link: '1', hex: hex(text) });
  const lines = [HEAD, opened(), sent('T?', 1), received('21.5\n', 2), sent('S?', 3), received('on\n', 4)];
  const { frames } = await replay(lines, { yaml });
  assert.deepEqual(
    frames.map(({ values }) => values),
    [{ temperature: 21.5 }, { state: 'on' }],
  );
  const idle = `${LINES.replace('framing: line', 'framing: {rules: [{kind: silence, idleMs: 50ms}]}')}direction: dials\n`;
  const pieces = [
    HEAD,
    opened(),
    received('ab', 0),
    received('cd', 20),
    received('ef', 200),
    { what: 'end', time: at(900) },
  ];
  const silent = await replay(pieces, { yaml: idle, script: 'export const uplink = () => {};' });
  assert.deepEqual(
    silent.frames.map(({ hex: digits }) => Buffer.from(digits, 'hex').toString()),
    ['abcd', 'ef'],
  );
});

test('a login again gives the identity, and GT06 the same values as decode', async () => {
  const { files } = await builtinProfile('gt06');
  const bytes = (digits: string, ms: number) => ({ what: 'received', time: at(ms), link: '1', hex: digits });
  const lines = [
    HEAD,
    opened(),
    bytes('78780d0103534190360660610003c3df0d0a', 1),
    bytes('78780a130604ea04000006bc8a0d0a', 20),
  ];
  const { frames } = await replay(lines, { profile: files });
  assert.equal(frames[0]?.identity, '353419036066061');
  assert.partialDeepStrictEqual(frames[1], { values: { battery: 66 } });
});

test('what is no capture', async () => {
  for (const [lines, code] of [
    [[], 'CAPTURE_INVALID'],
    [[undefined], 'CAPTURE_INVALID'],
    [[opened()], 'CAPTURE_INVALID'],
    [[{ ...HEAD, version: 2 }], 'CAPTURE_INVALID'],
    [[{ ...HEAD, payload: 'none' }], 'CAPTURE_WITHOUT_BYTES'],
  ] as const)
    await assert.rejects(replay(lines), { code });
  const strange = [
    7,
    null,
    {},
    { what: 'received' },
    { ...received('x', 1), hex: 'xyz' },
    { ...frame('x', 1), link: 3 },
    { what: 'missed', time: at(1), count: 'many' },
  ];
  const { summary } = await replay([HEAD, ...strange], { diff: true });
  assert.equal(summary.unreadable, strange.length);
});

test('many links without an end and long recordings stay within bounds', async () => {
  const lines: object[] = [HEAD];
  for (let i = 0; i < 1_200; i++)
    lines.push(opened(i, String(i)), received(`${TOKEN}t=${i}\n`, i, String(i)));
  const { summary } = await replay(lines, { diff: true });
  assert.deepEqual([summary.links, summary.messages, summary.differences], [1_200, 1_200, 2_400]);
});

test('a device that sends byte by byte costs no more than one that sends all at once', async () => {
  const link = (pieces: readonly string[]) => [
    HEAD,
    { ...opened(), what: 'attached' },
    ...pieces.map((piece) => received(piece, 1)),
  ];
  const text = `t=${'0'.repeat(20_000)}7\n`;
  const { frames } = await replay(link([...text]), {
    script: 'export const uplink = (bytes) => ({ values: { n: bytes.length } });',
  });
  assert.deepEqual(
    frames.map(({ hex: digits, values }) => [digits.length, values]),
    [[2 * text.length, { n: text.length - 1 }]],
  );
});

test('a chunk of many frames, whose messages are recorded after all of them', async () => {
  const numbers = Array.from({ length: 2_000 }, (_, i) => i);
  const record = (n: number) => message({ t: n === 1_500 ? 0 : n }, 5);
  const lines = [
    HEAD,
    { ...opened(), what: 'attached' },
    received(numbers.map((n) => `t=${n}\n`).join(''), 5),
    ...numbers.map((n) => frame(`t=${n}`, 5)),
    ...numbers.filter((n) => n !== 700).map(record),
  ];
  const { differences } = await replay(lines, { diff: true });
  assert.deepEqual(
    differences.map(({ diff, values, changes }) => [diff, values ?? changes]),
    [
      ['added', { t: 700 }],
      ['changed', [{ field: 't', old: 0, new: 1_500 }]],
    ],
  );
});
