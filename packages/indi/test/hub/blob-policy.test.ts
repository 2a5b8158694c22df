/** Who gets what after which `enableBLOB` and `getProperties`: our hub, and Debian's indiserver beside it. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { eventually, requirePeer } from '@fairlead/testkit';
import { indiserver, launcher } from './real-server.ts';
import { fixture, hubOf, number, RawClient } from './world.ts';

const all = '<getProperties version="1.7"/>';
const one = '<getProperties version="1.7" device="Alpha"/>';
const property = '<getProperties version="1.7" device="Alpha" name="PICTURE"/>';
const policy = (value: string, device = 'Alpha', name?: string) =>
  `<enableBLOB device="${device}"${name === undefined ? '' : ` name="${name}"`}>${value}</enableBLOB>`;

/** What a client says, and what it gets of: picture and number of Alpha, picture and number of Beta. */
const cases: readonly (readonly [title: string, says: string, gets: string])[] = [
  ['nothing', '', ''],
  ['getProperties: no BLOBs at first', all, 'a b'],
  ['Also, without a name: the BLOBs of all devices', all + policy('Also'), 'A a B b'],
  ['Only, without a name: nothing but the BLOBs of all devices', all + policy('Only'), 'A B'],
  ['Also, then Never', all + policy('Also') + policy('Never'), 'a b'],
  ['Only, then Also', all + policy('Only') + policy('Also', 'Beta'), 'A a B b'],
  ['Also for a property', all + policy('Also', 'Alpha', 'PICTURE'), 'A a b'],
  ['Only for a property suppresses nothing', all + policy('Only', 'Alpha', 'PICTURE'), 'A a b'],
  ['Also for all, Never for a property', all + policy('Also') + policy('Never', 'Alpha', 'PICTURE'), 'a B b'],
  [
    'Never for a property, then Also for all',
    all + policy('Never', 'Alpha', 'PICTURE') + policy('Also'),
    'A a B b',
  ],
  ['Also before getProperties limits it to the device', policy('Also') + all, 'A a'],
  [
    'Also for a property before getProperties limits it to that',
    policy('Also', 'Alpha', 'PICTURE') + all,
    'A',
  ],
  ['a device by name', one + policy('Also'), 'A a'],
  ['a property by name', property, ''],
  ['a property by name, with its BLOBs', property + policy('Also', 'Alpha', 'PICTURE'), 'A'],
  ['all, then a device: still all', all + one, 'a b'],
  ['a device, then all: still the device', one + all, 'a'],
  ['Also without a device: all of what it gets', `${all}<enableBLOB>Also</enableBLOB>`, 'A a B b'],
  ['Only without a device', `${all}<enableBLOB device="">Only</enableBLOB>`, 'A B'],
  ['a word that is no policy changes nothing', all + policy('Also') + policy('Sometimes'), 'A a B b'],
  ['the device *', '<getProperties version="1.7" device="*"/>', 'a b'],
];

async function outcome(address: string, says: string): Promise<string> {
  using control = new RawClient(address);
  control.send(all + policy('Also'));
  for (const device of ['Alpha', 'Beta'])
    await eventually(
      () => new RegExp(`<defBLOBVector device=.${device}`).test(control.text),
      `${device} runs`,
    );
  using client = new RawClient(address);
  client.send(`${says}<pingRequest uid="heard"/>`);
  await client.sees('<pingReply');
  await quiet(client);
  const before = client.text.length;
  for (const device of ['Alpha', 'Beta']) {
    control.send(
      `<newTextVector device="${device}" name="SHOOT"><oneText name="NOW">x</oneText></newTextVector>`,
    );
    await eventually(
      () => new RegExp(`<setBLOBVector device=.${device}`).test(control.text),
      `the picture of ${device}`,
    );
    control.send(number(device, 5));
    await eventually(
      () => new RegExp(`<setNumberVector device=.${device}`).test(control.text),
      `the number of ${device}`,
    );
  }
  await quiet(client);
  const got = client.text.slice(before);
  const marks: [mark: string, what: RegExp][] = [
    ['A', /<setBLOBVector device=.Alpha/],
    ['a', /<setNumberVector device=.Alpha/],
    ['B', /<setBLOBVector device=.Beta/],
    ['b', /<setNumberVector device=.Beta/],
  ];
  return marks.flatMap(([mark, what]) => (what.test(got) ? [mark] : [])).join(' ');
}

async function quiet(client: RawClient): Promise<void> {
  let [last, same] = [-1, 0];
  await eventually(() => {
    same = client.bytes === last ? same + 1 : 0;
    last = client.bytes;
    return same >= 8;
  }, 'nothing more comes');
}

async function home(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-indi-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe('what a client gets after it said', () => {
  it('this or that: as it is written down', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha'), b: fixture('Beta') } });
    for (const [title, says, gets] of cases)
      assert.equal(await outcome(hub.address as string, says), gets, title);
  });

  it('this or that: as indiserver does it', async (t) => {
    if (!requirePeer(t, 'indiserver')) return;
    const folder = await home(t);
    const drivers = await Promise.all(
      ['Alpha', 'Beta'].map((device) => launcher(folder, 'driver-fixture.ts', device)),
    );
    await using server = await indiserver(folder, ...drivers);
    for (const [title, says, gets] of cases)
      assert.equal(await outcome(`127.0.0.1:${server.port}`, says), gets, title);
  });
});
