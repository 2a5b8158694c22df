import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { FakeClock } from '@fairlead/testkit';
import {
  type BlobVector,
  blobData,
  blobValue,
  DefaultDevice,
  DriverBench,
  encodeMessage,
  indiLimits,
  type NumberVector,
  runDriver,
} from '../../src/index.ts';

class Lamp extends DefaultDevice {
  readonly level = this.numbers('LEVEL', {
    label: 'Level',
    members: { PERCENT: { label: 'Per cent', format: '%3.0f', max: 100 }, HUE: { max: 360 } },
  });
  readonly mode = this.switches('MODE', { members: { DAY: { value: true }, NIGHT: {}, PARTY: {} } });
  readonly extras = this.switches('EXTRAS', { rule: 'AnyOfMany', members: { A: {}, B: {} } });
  readonly maybe = this.switches('MAYBE', { rule: 'AtMostOne', members: { A: {}, B: {} } });
  readonly label = this.texts('LABEL', { persistent: true, members: { TEXT: { value: 'none' } } });
  readonly state = this.lights('STATE', { members: { POWER: {} } });
  readonly picture: BlobVector<'PICTURE'> = this.blobs('PICTURE', { members: { PICTURE: {} } });
  readonly serial = this.texts('SERIAL', { perm: 'ro', members: { NUMBER: { value: '42' } } });
  readonly hidden = this.texts('HIDDEN', { members: { TEXT: {} } });
  pictures: Buffer[] = [];

  constructor(name = 'Lamp') {
    super(name);
    this.addAuxControls();
    this.picture.onNew(({ PICTURE }) => void this.pictures.push(blobData('PICTURE', PICTURE)));
  }

  override initProperties(): void {
    const { level, mode, extras, maybe, label, state, picture, serial } = this;
    this.define(level, mode, extras, maybe, label, state, picture, serial);
  }
}

describe('a driver on two streams', () => {
  it('defines what INDI devices have, in their order', async () => {
    await using bench = await DriverBench.start(new Lamp());
    await bench.has(() => bench.vector('SERIAL') !== undefined, 'the last definition');
    assert.deepEqual(
      bench.said.map((message) => ('name' in message ? message.name : message.tag)),
      'CONNECTION DRIVER_INFO POLLING_PERIOD DEBUG SIMULATION CONFIG_PROCESS LEVEL MODE EXTRAS MAYBE LABEL STATE PICTURE SERIAL'.split(
        ' ',
      ),
    );
    assert.equal((bench.vector('DRIVER_INFO') as { group?: string }).group, 'General Info');
    assert.equal(bench.value('DRIVER_INFO', 'DRIVER_NAME'), 'Lamp');
  });

  it('says again and again that it lives where that is wanted, and stops with the driver', async () => {
    for (const [wanted, beats] of [
      ['5000', 4],
      ['0', 0],
      [undefined, 0],
    ] as const) {
      const [input, output] = [new PassThrough(), new PassThrough()];
      const clock = new FakeClock();
      let said = '';
      output.on('data', (text) => {
        said += text;
      });
      const environment = { FAIRLEAD_HEARTBEAT: wanted, INDICONFIG: '/no/such/file' };
      const running = runDriver(new Lamp(), { input, output, clock, environment });
      await clock.advance(15_000);
      input.end();
      await running;
      assert.equal(said.split('<pingRequest uid="alive"/>').length - 1, beats);
      assert.equal(clock.pending, 0);
    }
  });

  it('says nothing of itself before it is asked, and answers for one device and one property', async () => {
    await using bench = await DriverBench.start([new Lamp('A'), new Lamp('B')], { ask: false });
    bench.write('<getProperties version="1.7" device="B" name="LEVEL"/>');
    await bench.has(() => bench.said.length > 0, 'a definition');
    assert.deepEqual(
      bench.said.map((message) => ('name' in message ? [message.device, message.name] : [])),
      [['B', 'LEVEL']],
    );
    bench.write('<getProperties/>');
    await bench.has(() => bench.said.some((message) => 'name' in message && message.device === 'A'), 'A');
  });

  it('says nothing of what it restores before it is asked, and its warnings then', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fairlead-indi-'));
    try {
      await mkdir(join(folder, '.indi'));
      const saved = `<INDIDriver>${num('LEVEL', ['PERCENT', '400'])}</INDIDriver>`;
      await writeFile(join(folder, '.indi', 'Lamp_config.xml'), saved);
      const lamp = new Lamp();
      const level = lamp.numbers('LEVEL', { persistent: true, members: { PERCENT: { min: 0, max: 100 } } });
      lamp.initProperties = () => {
        lamp.log.warn('The bulb is old.');
        lamp.define(level);
      };
      await using bench = await DriverBench.start(lamp, { folder, ask: false });
      bench.write('<getProperties version="1.7" device="Nobody"/>');
      bench.write('<getProperties version="1.7" device="Lamp" name="LEVEL"/>');
      await bench.has(() => /The bulb is old/.test(bench.words), 'the warning');
      assert.deepEqual(
        bench.said.map(({ tag }) => tag),
        ['defNumberVector', 'message', 'message'],
      );
      assert.match(bench.words, /Requested value is 400/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('takes over what a client wants, where there is no handler', async () => {
    await using bench = await DriverBench.start(new Lamp());
    bench.want('LEVEL', { PERCENT: 40 });
    bench.want('MODE', { NIGHT: true });
    bench.want('EXTRAS', { B: true });
    bench.want('MAYBE', { A: true });
    bench.want('LABEL', { TEXT: 'kitchen <1> & "2"' });
    await bench.reaches('LABEL', 'Ok');
    assert.equal(bench.value('LEVEL', 'PERCENT'), 40);
    assert.deepEqual([bench.value('MODE', 'DAY'), bench.value('MODE', 'NIGHT')], [false, true]);
    assert.deepEqual([bench.value('EXTRAS', 'A'), bench.value('EXTRAS', 'B')], [false, true]);
    assert.equal(bench.value('LABEL', 'TEXT'), 'kitchen <1> & "2"');
    bench.want('MAYBE', { A: false });
    await bench.has(() => bench.value('MAYBE', 'A') === false, 'all off');
  });

  it('shows what a handler makes of it', async () => {
    const lamp = new Lamp();
    lamp.level.onNew(async ({ PERCENT }) => {
      await Promise.resolve();
      if (PERCENT === 1) return false;
      if (PERCENT === 2) throw new Error('The bulb is broken.');
      if (PERCENT === 3) return 'Busy';
      if (PERCENT === 5) return 'Purple';
      lamp.level.update({ PERCENT: 99 }, 'Idle', 'as bright as it goes');
      return 'shown';
    });
    await using bench = await DriverBench.start(lamp);
    const seen = async (percent: number, state: 'Alert' | 'Busy' | 'Idle'): Promise<unknown> => {
      const before = bench.said.length;
      bench.want('LEVEL', { PERCENT: percent });
      await bench.has(() => bench.said.length > before, 'an answer');
      assert.equal(bench.state('LEVEL'), state);
      return bench.value('LEVEL', 'PERCENT');
    };
    assert.equal(await seen(1, 'Alert'), 0);
    assert.equal(await seen(2, 'Alert'), 0);
    assert.match(bench.words, /The bulb is broken/);
    assert.equal(await seen(3, 'Busy'), 3);
    assert.equal(await seen(4, 'Idle'), 99);
    assert.match(bench.words, /as bright as it goes/);
    assert.equal(await seen(5, 'Alert'), 99);
    assert.match(bench.words, /"Purple", which is not a state/);
  });

  it('handles the requests for one property in order, and no more at a time than it can', async () => {
    const lamp = new Lamp();
    const order: number[] = [];
    const gate = Promise.withResolvers<void>();
    lamp.level.onNew(async ({ PERCENT }) => {
      if (order.length === 0) await gate.promise;
      order.push(PERCENT);
    });
    await using bench = await DriverBench.start(lamp);
    for (let i = 0; i < indiLimits.values.pendingRequests + 1; i++) bench.want('LEVEL', { PERCENT: i });
    await bench.has(() => /64 changes of LEVEL are pending/.test(bench.words), 'a refusal');
    gate.resolve();
    await bench.has(() => order.length === indiLimits.values.pendingRequests, 'all that were accepted');
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    );
  });

  const refusals: [string, string, RegExp][] = [
    [
      'a number out of range',
      num('LEVEL', ['PERCENT', '101'], ['HUE', '10']),
      /Valid range is from 0 to 100. Requested value is 101/,
    ],
    ['a number that is not finite', num('LEVEL', ['PERCENT', 'nan']), /Requested value is nan/],
    ['what is no number', num('LEVEL', ['PERCENT', 'much']), /PERCENT: "much" is not a number/],
    ['an unknown member', num('LEVEL', ['VOLUME', '1']), /VOLUME is not a member of Level/],
    [
      'two switches of which one may be on',
      sw('MODE', ['DAY', 'On'], ['NIGHT', 'On']),
      /allows one switch to be on, not DAY, NIGHT/,
    ],
    ['no switch where one must be on', sw('MODE', ['DAY', 'Off']), /needs one switch to be on/],
    ['what is neither on nor off', sw('MODE', ['DAY', 'Maybe']), /not On or Off/],
    ['another type', num('MODE', ['DAY', '1']), /takes a newSwitchVector/],
    ['nothing at all', num('LEVEL'), /Nothing is wanted/],
    ['a BLOB without a size', blob('', 'aGVsbG8='), /lacks the attribute "size"/],
    ['a BLOB of another size', blob(' size="4"', 'aGVsbG8='), /states a size of 4 bytes and has 5/],
    ['a BLOB that is no base64', blob(' size="4"', '????'), /not base64/],
    ['a BLOB beside the stream', blob(' size="4" attached="true"', ''), /file descriptor.*over TCP/],
  ];
  for (const [what, xml, words] of refusals) {
    it(`refuses ${what}, says why, and lives on`, async () => {
      const lamp = new Lamp();
      await using bench = await DriverBench.start(lamp);
      const name = /name="(\w+)"/.exec(xml)?.[1] as string;
      const before = bench.vector(name)?.members;
      bench.write(xml);
      await bench.reaches(name, 'Alert');
      assert.match(bench.words, words);
      if (name !== 'PICTURE') {
        const values = (members = bench.vector(name)?.members) => members?.map((member) => member.value);
        assert.deepEqual(values(), values(before), 'nothing was taken over');
      }
      assert.equal(lamp.pictures.length, 0);
      bench.want('LABEL', { TEXT: 'alive' });
      await bench.has(() => bench.value('LABEL', 'TEXT') === 'alive', 'life');
    });
  }

  const strays: [string, string, RegExp][] = [
    ['an unknown device', num('X', ['Y', '1']).replace('"Lamp"', '"Camp"'), /Unknown device Camp/],
    ['an unknown property', num('NOTHING', ['Y', '1']), /Unknown property NOTHING/],
    [
      'a property that is not there',
      '<newTextVector device="Lamp" name="HIDDEN"/>',
      /HIDDEN is not defined at present/,
    ],
    [
      'a read-only property',
      '<newTextVector device="Lamp" name="SERIAL"><oneText name="NUMBER">1</oneText></newTextVector>',
      /SERIAL\) is read-only/,
    ],
    ['an unknown element', '<openPodBayDoors/>', /<openPodBayDoors> is not an element of INDI/],
    ['an element without a device', '<newTextVector name="LABEL"/>', /lacks the attribute "device"/],
    ['broken XML', '<newTextVector><oneText></newTextVector>', /<oneText> is closed by <\/newTextVector>/],
    ['a tag that nothing opened', '</newTextVector>', /nothing opened/],
    ['an element without an end', `<newTextVector>${'x'.repeat(2 ** 20)}`, /exceeds the limit of 1048576/],
  ];
  for (const [what, xml, words] of strays) {
    it(`answers ${what} in words, and lives on`, async () => {
      await using bench = await DriverBench.start(new Lamp());
      bench.write(xml);
      await bench.has(() => words.test(bench.words), String(words));
      bench.want('LABEL', { TEXT: 'alive' });
      await bench.has(() => bench.value('LABEL', 'TEXT') === 'alive', 'life');
    });
  }

  const endless: [string, string, string, number][] = [
    [
      'text',
      '<newTextVector device="Lamp" name="LABEL"><oneText name="TEXT">',
      '</oneText></newTextVector>',
      1_024,
    ],
    ['a BLOB', '<newBLOBVector device="Lamp" name="PICTURE"><oneBLOB>', '</oneBLOB></newBLOBVector>', 200],
    ['an attribute', '<newTextVector device="', '"/>', 100],
    ['a tag', '<newTextVector', '/>', 100],
    ['a comment', '<!-- ', '-->', 100],
    ['a CDATA section', '<newTextVector><![CDATA[', ']]></newTextVector>', 100],
    ['nothing of XML', '', '', 100],
  ];
  for (const [what, begin, end, megabytes] of endless)
    it(`keeps little of ${megabytes} MiB of ${what} without an end, and lives on`, async () => {
      await using bench = await DriverBench.start(new Lamp());
      bench.write(begin);
      const chunk = Buffer.alloc(2 ** 20, 'x');
      const before = process.memoryUsage().arrayBuffers;
      let most = 0;
      for (let i = 0; i < megabytes; i++) {
        if (!bench.input.write(chunk)) await new Promise((resolve) => bench.input.once('drain', resolve));
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      }
      assert.ok(most < (what === 'a BLOB' ? 192 : 64) * 2 ** 20, `${most} bytes`);
      bench.write(end);
      bench.want('LABEL', { TEXT: 'alive' });
      await bench.has(() => bench.value('LABEL', 'TEXT') === 'alive', 'life');
      assert.match(bench.words, /limit of \d+ bytes|More than \d+ bytes arrived without/);
    });

  it('takes BLOBs and gives them', async () => {
    const lamp = new Lamp();
    await using bench = await DriverBench.start(lamp);
    const bytes = Buffer.alloc(100_000, 'pixels');
    bench.send({
      tag: 'newBLOBVector',
      type: 'BLOB',
      device: 'Lamp',
      name: 'PICTURE',
      members: [{ name: 'PICTURE', value: blobValue(bytes, '.fits', { compress: true }) }],
    });
    await bench.reaches('PICTURE', 'Ok');
    assert.deepEqual(lamp.pictures, [bytes]);
    lamp.picture.update({ PICTURE: blobValue(bytes, '.fits') }, 'Ok');
    await bench.has(
      () =>
        bench.raw.length > 0 && (bench.value('PICTURE', 'PICTURE') as { format: string })?.format === '.fits',
      'a BLOB',
    );
    const before = bench.said.length;
    lamp.picture.apply('Busy');
    await bench.has(() => bench.said.length > before, 'a state');
    assert.deepEqual(bench.vector('PICTURE')?.members, [], 'the picture is not sent again');
  });

  it('answers pings, and hears the devices it snoops on', async () => {
    const lamp = new Lamp();
    const heard: unknown[] = [];
    lamp.snoop('Sun', 'ALTITUDE', (message) => void heard.push((message as { members: unknown }).members));
    await using bench = await DriverBench.start(lamp);
    assert.ok(bench.said.some((message) => message.tag === 'getProperties' && message.device === 'Sun'));
    bench.write('<pingRequest uid="1"/>');
    bench.write(
      '<setNumberVector device="Sun" name="ALTITUDE"><oneNumber name="A">30</oneNumber></setNumberVector>',
    );
    bench.write(
      '<setNumberVector device="Sun" name="OTHER"/><setNumberVector device="Moon" name="ALTITUDE"/>',
    );
    await bench.has(() => heard.length > 0, 'the sun');
    assert.deepEqual(heard, [[{ name: 'A', value: 30 }]]);
    assert.ok(bench.said.some((message) => message.tag === 'pingReply' && message.uid === '1'));
  });

  it('tells the clients new bounds of a number once', async () => {
    const lamp = new Lamp();
    await using bench = await DriverBench.start(lamp);
    lamp.level.setRange('PERCENT', { max: 50 }).apply('Ok');
    lamp.level.apply('Ok');
    await bench.has(
      () => bench.raw.filter(String).filter((raw) => raw.tag === 'setNumberVector').length === 2,
      'two changes',
    );
    const [first, second] = bench.raw.filter((raw) => raw.tag === 'setNumberVector').map(String);
    assert.match(first as string, /name="PERCENT" min="0" max="50"/);
    assert.doesNotMatch(second as string, /max=/);
    bench.want('LEVEL', { PERCENT: 60 });
    await bench.reaches('LEVEL', 'Alert');
  });

  it('holds no more of the changes that wait than it can, over all properties', async () => {
    const lamp = new Lamp();
    const release = Promise.withResolvers<void>();
    lamp.picture.onNew(() => release.promise);
    lamp.label.onNew(() => undefined);
    await using bench = await DriverBench.start(lamp);
    const large = Buffer.alloc(30 * 2 ** 20);
    const request = encodeMessage({
      tag: 'newBLOBVector',
      type: 'BLOB',
      device: 'Lamp',
      name: 'PICTURE',
      members: [{ name: 'PICTURE', value: blobValue(large, '.raw') }],
    });
    // Each is 40 MiB in base64: the fourth would be too much.
    for (let i = 0; i < 4; i++) bench.input.write(request);
    await bench.has(() => /changes of 134217728 bytes are pending/.test(bench.words), 'the refusal');
    // Small ones of other properties still fit, and all fit again once the large ones are done.
    bench.want('LABEL', { TEXT: 'small' });
    await bench.reaches('LABEL', 'Ok');
    release.resolve();
    await bench.reaches('PICTURE', 'Ok');
  });

  it('refuses a member that the driver has not declared', () => {
    const level = new Lamp().level as NumberVector;
    assert.throws(() => level.set({ VOLUME: 1 }), { code: 'MEMBER_UNKNOWN' });
  });

  it('survives what a driver cannot say', async () => {
    const lamp = new Lamp();
    await using bench = await DriverBench.start(lamp);
    assert.throws(() => lamp.level.update({ HUE: 1, PERCENT: Number.NaN }), { code: 'INDI_NUMBER_INVALID' });
    assert.equal(lamp.level.get('HUE'), 0, 'nothing was changed');
    lamp.label.update({ TEXT: 'bell \u0007' });
    await bench.has(() => /could not be sent: .*U\+0007/.test(bench.words), 'the reason');
    bench.write('<getProperties version="1.7"/>');
    bench.want('LEVEL', { PERCENT: 1 });
    await bench.reaches('LEVEL', 'Ok');
  });

  it('ends when its input ends, or when it is told to', async () => {
    await using bench = await DriverBench.start(new Lamp());
    await bench.stop();
    const controller = new AbortController();
    await using other = await DriverBench.start(new Lamp(), { signal: controller.signal });
    controller.abort();
    await other.ended;
  });

  it('ends when nobody reads what it says', async () => {
    const lamp = new Lamp();
    const output = new PassThrough({ highWaterMark: 1 });
    const input = new PassThrough();
    input.write('<getProperties version="1.7"/>');
    const ended = runDriver(lamp, { input, output, environment: { HOME: '/nonexistent' } });
    while (output.readableLength === 0) await new Promise((resolve) => setImmediate(resolve));
    lamp.define(lamp.picture);
    const value = blobValue(Buffer.alloc(48 * 2 ** 20), '.raw');
    const refused = assert.rejects(ended, { code: 'OUTPUT_STUCK' });
    for (let i = 0; i < 4; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      lamp.picture.update({ PICTURE: value });
    }
    await refused;
  });
});

function num(name: string, ...members: [string, string][]): string {
  return vector('Number', name, members);
}

function sw(name: string, ...members: [string, string][]): string {
  return vector('Switch', name, members);
}

function vector(type: string, name: string, members: [string, string][]): string {
  const inner = members
    .map(([member, value]) => `<one${type} name="${member}">${value}</one${type}>`)
    .join('');
  return `<new${type}Vector device="Lamp" name="${name}">${inner}</new${type}Vector>`;
}

function blob(attributes: string, base64: string): string {
  return `<newBLOBVector device="Lamp" name="PICTURE"><oneBLOB name="PICTURE" format=".txt"${attributes}>${base64}</oneBLOB></newBLOBVector>`;
}
