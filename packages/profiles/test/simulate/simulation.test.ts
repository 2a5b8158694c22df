/** Simulated devices of the whole catalogue, read by the profiles they are made of. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createSandbox } from '@fairlead/sandbox';
import { Deframer, parseFraming } from '@fairlead/tcp/framing';
import {
  builtinNames,
  builtinProfile,
  type DecodedLine,
  type ProfileDefinition,
  ProfileLink,
  parseProfile,
  type SimulatedDevice,
  Simulation,
} from '../../src/index.ts';
import { PROFILE } from '../support.ts';

const sandbox = createSandbox({});
after(() => sandbox.close());
const NOW = Date.UTC(2024, 0, 1);
const scriptOf = ({ script }: ProfileDefinition) => (script === undefined ? undefined : sandbox.load(script));

async function decoded(profile: ProfileDefinition, frames: readonly Buffer[], known: boolean) {
  const link = new ProfileLink(profile, await scriptOf(profile), { known });
  const lines: DecodedLine[] = [];
  for (const frame of frames) lines.push(...(await link.push(frame, NOW)));
  return [...lines, ...(await link.end(NOW))];
}

for (const name of await builtinNames()) {
  test(`${name}: two devices differ, and the profile reads each of them`, async () => {
    const profile = await builtinProfile(name);
    const simulation = await Simulation.of(profile, sandbox);
    const devices = [await simulation.device(1), await simulation.device(2)];
    for (const { identity, opening, reading } of devices) {
      const sent = Array.from({ length: simulation.readings }, (_, i) => reading(i)?.bytes ?? Buffer.of());
      const lines = await decoded(
        profile,
        sent.filter(({ length }) => length > 0),
        true,
      );
      assert.deepEqual(
        lines.filter(({ error, reason }) => error !== undefined && reason !== undefined),
        [],
      );
      if (simulation.pushes) assert.ok(lines.some(({ kind, messages }) => kind ?? messages));
      if (profile.direction === 'dials') continue;
      const login = await decoded(
        profile,
        opening.map(({ bytes }) => bytes),
        false,
      );
      assert.equal(login.findLast(({ identity }) => identity !== undefined)?.identity, identity);
    }
    if (profile.direction !== 'listens') return;
    assert.notEqual(devices[0]?.identity, devices[1]?.identity);
    const [{ opening, reading, responder }] = devices as [SimulatedDevice, SimulatedDevice];
    const answering = responder();
    const link = new ProfileLink(profile, await scriptOf(profile));
    const all = [...opening, ...Array.from({ length: simulation.readings }, (_, i) => reading(i))];
    for (const { bytes } of all.filter((frame) => frame !== undefined))
      for (const { error, reply = '' } of await link.push(bytes, NOW)) {
        assert.notEqual(error, 'IDENTITY_CHANGED');
        // The reply to an answer would bring the next answer.
        assert.deepEqual(answering.receive(Buffer.from(reply, 'hex'), NOW), []);
      }
  });
}

/** Asks a simulated device as the gateway does. Gives what the device sends, and what the profile reads in that. */
async function asked(profile: ProfileDefinition, rounds: number) {
  const simulation = await Simulation.of(profile, sandbox);
  const { opening, responder } = await simulation.device(1);
  const device = responder();
  const link = new ProfileLink(profile, await scriptOf(profile), { known: true, ...simulation.setup });
  const lines: DecodedLine[] = [];
  let requests = 0;
  let unanswered = 0;
  const take = async (frames: readonly Buffer[], now: number): Promise<void> => {
    for (const frame of frames)
      for (const line of [...(await link.push(frame, now)), ...(await link.silence(1_000, now))]) {
        lines.push(line);
        if (line.reply) await take(device.receive(Buffer.from(line.reply, 'hex'), now), now);
      }
  };
  await take(
    opening.map(({ bytes }) => bytes),
    NOW,
  );
  for (let round = 1; round <= rounds; round++) {
    const now = NOW + 10_000 * round;
    for (const request of await link.poll(now)) {
      requests++;
      const answers = device.receive(request, now);
      if (answers.length === 0) unanswered++;
      await take(answers, now);
    }
  }
  return { lines, requests, unanswered };
}

const ASKED =
  'modbus_tcp modbus_rtu_tcp modbus_ascii scpi_raw pjlink lx200 visca mbus mt_sics llrp iec104 zigbee_znp knxip_tcp';
for (const name of ASKED.split(' '))
  test(`${name}: a simulated device answers what it is asked`, async () => {
    const { lines, requests, unanswered } = await asked(await builtinProfile(name), 3);
    assert.deepEqual(
      lines.filter(({ error }) => error !== undefined),
      [],
    );
    assert.ok(requests >= 3 && lines.length >= requests, `${requests} requests, ${lines.length} frames`);
    assert.equal(unanswered, 0);
  });

test('frames with a wrong checksum are refused by the framing', async () => {
  const profile = await builtinProfile('gt06');
  const simulation = await Simulation.of(profile, sandbox);
  const device = await simulation.device(1);
  for (let i = 0; i < 20; i++) {
    const { bytes } = device.reading(i) ?? assert.fail();
    let at = 0;
    const wrong = simulation.damaged(bytes, () => (at = (at + 0.37) % 1));
    if (wrong === undefined) continue;
    const codec = parseFraming(profile.framing, { detailed: true });
    const deframer = new Deframer(codec.decoder(), codec.name);
    const ok = [...deframer.push(wrong), ...deframer.end()].filter(({ checksum }) => checksum === 'ok');
    assert.equal(ok.length, 0, wrong.toString('hex'));
  }
});

const own = (yaml: string, script: string, examples: object[]): ProfileDefinition =>
  parseProfile({
    'profile.yaml': `${PROFILE}${yaml}`,
    'script.js': script,
    'examples.json': JSON.stringify(examples),
  });
const hex = (text: string): string => Buffer.from(text).toString('hex');

test('a profile of one match: the field is replaced', async () => {
  const profile = own(
    'identity: { by: match, at: 0, length: 4, as: ascii }\n',
    'export function uplink(b) { return { values: { count: b.length } }; }',
    [{ name: 'a', hex: hex('0471 21.5\n'), identity: '0471', values: {} }],
  );
  const simulation = await Simulation.of(profile, sandbox);
  assert.equal((await simulation.device(12)).reading(0)?.bytes.toString(), '0012 21.5\n');
});

test('what a device answers to a command names itself', async () => {
  const profile = own(
    'identity: { by: match, at: 0, length: 4, as: ascii }\n',
    'export function uplink() { return { values: {} }; } export function downlink() { return "GO\\n"; }',
    [
      {
        name: 'a',
        conversation: [
          { hex: hex('0471 LOGIN\n'), identity: '0471' },
          { downlink: { kind: 'command', values: {} }, bytes: hex('GO\n') },
          { hex: hex('0471 OK\n') },
        ],
      },
    ],
  );
  const device = await (await Simulation.of(profile, sandbox)).device(12);
  assert.equal(device.responder().receive(Buffer.from('GO\n'), NOW).join(), '0012 OK\n');
});

test('an identity that does not stand in the bytes: one device, and no second one', async () => {
  const profile = own(
    'identity: { by: script }\n',
    'export function identify() { return { id: "1234" }; } export function uplink() { return { values: {} }; }',
    [{ name: 'a', hex: hex('x\n'), identity: '1234', values: {} }],
  );
  const simulation = await Simulation.of(profile, sandbox);
  assert.equal((await simulation.device(1)).identity, '1234');
  await assert.rejects(simulation.device(2), { code: 'SIM_IDENTITY_FIXED' });
});

test('a profile without examples of frames cannot be simulated', async () => {
  const profile = own('', 'export function uplink() {}', []);
  await assert.rejects(Simulation.of(profile, sandbox), { code: 'PROFILE_EXAMPLES_MISSING' });
});

test('requests are answered as in the conversations, by turns; what the answer repeats is taken over', async () => {
  const profile = own(
    'direction: dials\npoll: {}\n',
    'export function poll() { return [] } export function uplink() {}',
    [
      {
        name: 'session',
        conversation: [
          { hex: hex('HELLO\n') },
          { poll: [hex('01 T?\n')] },
          { hex: hex('01 20\n') },
          { poll: [hex('01 T?\n')] },
          { hex: hex('01 21\n') },
        ],
      },
    ],
  );
  const simulation = await Simulation.of(profile, sandbox);
  const device = await simulation.device(1);
  const { opening, reading } = device;
  assert.deepEqual([opening[0]?.bytes.toString(), reading(0)], ['HELLO\n', undefined]);
  const responder = device.responder();
  const ask = (text: string) => responder.receive(Buffer.from(text), NOW).map(String).join();
  assert.deepEqual(
    [ask('01 '), ask('T?\n'), ask('01 T?\n'), ask('01 T?\n01 T?\n')],
    ['', '01 20\n', '01 21\n', '01 20\n,01 21\n'],
  );
  assert.equal(ask('77 T?\n'), '77 20\n');
  assert.equal(ask('something else\n'), '');
});

test('of binary readings those bytes move that change one measured value by little, and nothing else', async () => {
  const profile = own(
    'fields: { depth: { unit: m, about: Depth }, number: { about: Serial number } }\n',
    `export function uplink(b) {
      const bcd = Number(b.slice(3, 5).toHex());
      if (b[2] > 100) throw new Error('no such charge');
      return { values: { number: b[0], depth: ((b[1] << 8) | b[5]) / 10, battery: b[2], temperature: bcd / 10, type: b[6] } };
    }`,
    [{ name: 'a', hex: '4101630219300d0a', values: {} }],
  );
  const simulation = await Simulation.of({ ...profile, framing: 'fixed:8' }, sandbox);
  assert.equal(simulation.movingReadings, 1);
  const { reading } = await simulation.device(1);
  const turns = Array.from({ length: 10 }, (_, turn) => reading(turn)?.bytes.toString('hex'));
  assert.deepEqual(turns.slice(0, 6), [
    '4101630219300d0a',
    '4101620218310d0a',
    '4101610217320d0a',
    '4101600216330d0a',
    '41015f0215340d0a',
    '41015e0214350d0a',
  ]);
  assert.deepEqual(turns.slice(6), turns.slice(1, 5).toReversed());
});

test('numbers of readings move from one turn to the next, with right checksums', async () => {
  for (const [name, moves] of [
    ['nmea0183', true],
    ['h02', true],
    ['meitrack', true],
    ['hj212', true],
    ['gt06', true],
    ['sml', true],
    ['queclink_bin', true],
    ['sia_dc09', false],
  ] as const) {
    const profile = await builtinProfile(name);
    const simulation = await Simulation.of(profile, sandbox);
    const { readings, movingReadings } = simulation;
    assert.equal(movingReadings > 0, moves, name);
    const { reading } = await simulation.device(1);
    const turn = (n: number) =>
      Array.from({ length: readings }, (_, i) => (reading(n * readings + i) ?? assert.fail()).bytes);
    const changed = (n: number) => turn(n).filter((bytes, i) => !bytes.equals(turn(0)[i] as Buffer)).length;
    assert.deepEqual([1, 7, 10].map(changed), [movingReadings, movingReadings, 0], name);
    const codec = parseFraming(profile.framing, { detailed: true });
    const checksums = (frames: readonly Buffer[]) =>
      frames.map((bytes) => {
        const deframer = new Deframer(codec.decoder(), codec.name);
        return [...deframer.push(bytes), ...deframer.end()].map(({ checksum }) => checksum);
      });
    assert.deepEqual(checksums(turn(7)), checksums(turn(0)), name);
    const lines = await decoded(profile, turn(7), true);
    assert.deepEqual(
      lines.filter(({ error }) => error !== undefined),
      [],
      name,
    );
  }
});
