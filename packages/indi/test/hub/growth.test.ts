/** What the hub does for each element takes time in proportion to what it was sent. */
import { describe, it } from 'node:test';
import { systemClock } from '@fairlead/core';
import { Deframer } from '@fairlead/tcp';
import { assertLinear } from '@fairlead/testkit';
import { blobParcels } from '../../src/hub/blob-lines.ts';
import { clientBudgets, HubClient } from '../../src/hub/client.ts';
import { ClientDecoder } from '../../src/hub/client-decoder.ts';
import { ElementQueue } from '../../src/hub/element-queue.ts';
import { HeadingReader } from '../../src/hub/heading.ts';
import { Interest } from '../../src/hub/interest.ts';
import { hubLimits } from '../../src/hub/options.ts';
import { parcelOf } from '../../src/hub/parcel.ts';
import { QueuePool } from '../../src/hub/queue-pool.ts';
import { Router } from '../../src/hub/router.ts';
import type { Source } from '../../src/hub/source.ts';
import { indiElements, indiLimits, type RawElement } from '../../src/index.ts';
import { recorder } from './world.ts';

const open = { forward: () => true, forwardAll: () => true, destroy() {} };
const LIMITS = { queue: 2 ** 27, streamQueue: 2 ** 22 };

/** A router with sources that run and clients that want everything; nothing is sent anywhere. */
function world() {
  const limits = hubLimits();
  const budgets = clientBudgets(limits);
  const router = new Router(recorder(), systemClock, () => 0.5);
  const source = (name: string, kind: 'driver' | 'chain'): Source => {
    const one = {
      ...{ name, kind, only: undefined, state: 'running' as const, connect: true, restarts: 0 },
      ...{ interest: new Interest(), reader: new HeadingReader(), queue: new ElementQueue(open, LIMITS) },
      ...{
        devices: new Set<string>(),
        blobSubscriptions: new Set<string>(),
        mirrors: new Set<ElementQueue>(),
      },
      ...{ cause: undefined, warning: undefined, start() {}, async stop() {} },
    };
    router.add(one);
    return one;
  };
  const client = (wants = ''): HubClient => {
    const link = { ...open, remote: 'x', pause() {}, resume() {} } as unknown as HubClient['link'];
    const one = new HubClient(link, LIMITS, budgets);
    router.join(one);
    if (wants !== '') router.fromClient(one, elements(wants));
    return one;
  };
  const drivers = [source('driver', 'driver'), source('chain', 'chain')] as const;
  for (let i = 0; i < 3; i++)
    client('<getProperties version="1.7"/><enableBLOB device="Alpha">Also</enableBLOB>');
  router.fromSource(drivers[0], elements('<defNumberVector device="Alpha" name="N"/>'));
  return { router, driver: drivers[0], chain: drivers[1], client: client() };
}

function elements(text: string): RawElement[] {
  const { name, decoder } = indiElements();
  return new Deframer(decoder(), name).push(Buffer.from(text));
}

/** The same as it arrives: what each chunk of a socket completes. */
function arriving(text: string): RawElement[][] {
  const { name, decoder } = indiElements();
  const deframer = new Deframer(decoder(), name);
  const bytes = Buffer.from(text);
  const batches: RawElement[][] = [];
  for (let at = 0; at < bytes.length; at += 65_536)
    batches.push(deframer.push(Buffer.from(bytes.subarray(at, at + 65_536))));
  return batches;
}

/** The counts below take a fraction of a millisecond; so many times as much can be measured well. */
const SCALE = 4;

const repeat = (count: number, each: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => each(i)).join('\n');

/** One thing over and over: what a client sends, and how often. */
const fromClient: Readonly<Record<string, readonly [size: number, each: (i: number) => string]>> = {
  'questions for one device': [300, () => '<getProperties version="1.7" device="Alpha"/>'],
  'questions for many devices': [150, (i) => `<getProperties version="1.7" device="D${i}"/>`],
  'questions for many properties': [200, (i) => `<getProperties version="1.7" device="Alpha" name="P${i}"/>`],
  'questions that came many ways': [
    150,
    (i) => `<getProperties version="1.7" device="Alpha" via="00000000.${i}"/>`,
  ],
  'policies for many properties': [200, (i) => `<enableBLOB device="Alpha" name="P${i}">Also</enableBLOB>`],
  'policies for many devices': [200, (i) => `<enableBLOB device="D${i}">Also</enableBLOB>`],
  'policies that change for all again and again, after some for properties': [
    200,
    (i) =>
      `<enableBLOB device="Alpha" name="P${i}">Also</enableBLOB><enableBLOB device="Alpha">${i % 2 ? 'Only' : 'Never'}</enableBLOB>`,
  ],
  'policies that are none': [50, () => '<enableBLOB device="Alpha">Sometimes</enableBLOB>'],
  'requests for one property': [
    5_000,
    (i) => `<newNumberVector device="Alpha" name="N"><oneNumber name="V">${i}</oneNumber></newNumberVector>`,
  ],
  'requests for many properties': [250, (i) => `<newNumberVector device="Alpha" name="P${i}"/>`],
  'requests to connect': [
    250,
    () =>
      '<newSwitchVector device="Alpha" name="CONNECTION"><oneSwitch name="CONNECT">On</oneSwitch></newSwitchVector>',
  ],
  'requests for devices that are not there': [120, (i) => `<newNumberVector device="D${i}" name="N"/>`],
  pings: [300, (i) => `<pingRequest uid="${i}"/>`],
  'what it says as a server does': [250, (i) => `<setNumberVector device="D${i}" name="N"/>`],
};

describe('what a client sends takes time in proportion to its length', () => {
  for (const [what, [size, each]] of Object.entries(fromClient))
    it(what, async () => {
      const prepare = (count: number) => ({ ...world(), batches: arriving(repeat(count, each)) });
      await assertLinear(SCALE * size, prepare, async ({ router, client, batches }) => {
        for (const batch of batches) {
          router.fromClient(client, batch);
          await Promise.resolve();
        }
        router.close();
      });
    });

  it('policies of which each comes by itself, with a server that is chained to', async () => {
    const policy = fromClient['policies for many properties']?.[1] as (i: number) => string;
    const prepare = (count: number) => ({
      ...world(),
      batches: Array.from({ length: count }, (_, i) => elements(policy(i))),
    });
    await assertLinear(500, prepare, async ({ router, client, batches }) => {
      for (const batch of batches) {
        router.fromClient(client, batch);
        await Promise.resolve();
      }
      router.close();
    });
  });

  it('one head with many attributes, much space or a long value', async () => {
    const heads: readonly ((size: number) => string)[] = [
      (size) => `<getProperties ${repeat(size, (i) => `a${i}="x"`)} device="Alpha" name="N"/>`,
      (size) => `<getProperties device="Alpha"${' '.repeat(20 * size)}name="N"/>`,
      (size) => `<getProperties device="Alpha" name="N" via="${repeat(size, (i) => `0000000a.${i}`)}"/>`,
      (size) => `<newNumberVector device="Alpha" x="${"'".repeat(20 * size)}" name="N"/>`,
    ];
    for (const head of heads)
      await assertLinear(
        8_000,
        (size) => ({ ...world(), batch: elements(head(size)) }),
        ({ router, client, batch }) => router.fromClient(client, batch),
      );
  });

  it('an element that comes in small pieces', async () => {
    const bytes = (size: number) =>
      Buffer.from(`<newBLOBVector device="Alpha" name="B"><oneBLOB size="1" format=".x">${'A'.repeat(size)}`);
    await assertLinear(300_000, bytes, (text) => {
      const deframer = new Deframer(new ClientDecoder({ maxBlob: 2 ** 26 }, () => {}), 'indi');
      for (let at = 0; at < text.length; at += 100) deframer.push(text.subarray(at, at + 100));
    });
  });
});

const TOO_MANY = 'devices of which there are too many';
/** As many devices as a driver may have. */
const ALL_DEVICES = repeat(indiLimits.values.devices, (i) => `<defNumberVector device="X${i}" name="N"/>`);

/** The same of a driver. */
const fromDriver: typeof fromClient = {
  'changes of one property': [
    4_000,
    (i) => `<setNumberVector device="Alpha" name="N"><oneNumber name="V">${i}</oneNumber></setNumberVector>`,
  ],
  'changes of many properties': [250, (i) => `<setNumberVector device="Alpha" name="P${i}"/>`],
  'devices that come and go': [
    120,
    (i) => `<defNumberVector device="D${i}" name="N"/><delProperty device="D${i}"/>`,
  ],
  [TOO_MANY]: [120, (i) => `<defNumberVector device="D${i}" name="N"/>`],
  'connections that fail': [
    250,
    () =>
      '<setSwitchVector device="Alpha" name="CONNECTION" state="Alert"><oneSwitch name="CONNECT">Off</oneSwitch></setSwitchVector>',
  ],
  'connections of many devices': [
    30,
    (i) =>
      `<defSwitchVector device="D${i}" name="CONNECTION"><defSwitch name="CONNECT">Off</defSwitch></defSwitchVector><delProperty device="D${i}"/>`,
  ],
  'devices that it snoops on': [80, (i) => `<getProperties version="1.7" device="D${i}"/>`],
  BLOBs: [
    250,
    () =>
      '<setBLOBVector device="Alpha" name="B"><oneBLOB name="I" size="3" format=".x">QUJD</oneBLOB></setBLOBVector>',
  ],
  'BLOBs without a size': [120, () => '<setBLOBVector device="Alpha" name="B"><oneBLOB/></setBLOBVector>'],
};

describe('what a driver sends takes time in proportion to its length', () => {
  for (const [what, [size, each]] of Object.entries(fromDriver))
    it(what, async () => {
      const prepare = (count: number) => {
        const made = world();
        if (what === TOO_MANY) made.router.fromSource(made.driver, elements(ALL_DEVICES));
        return { ...made, batches: arriving(repeat(count, each)) };
      };
      await assertLinear(SCALE * size, prepare, async ({ router, driver, batches }) => {
        for (const batch of batches) {
          router.fromSource(driver, batch);
          await Promise.resolve();
        }
        router.close();
      });
    });

  it('one BLOB vector with many BLOBs, or many lines', async () => {
    const vectors: readonly ((size: number) => string)[] = [
      (size) => repeat(size, () => '<oneBLOB name="I" size="3" enclen="4" format=".x">QUJD\n</oneBLOB>'),
      (size) => `<oneBLOB name="I" size="3" format=".x">${repeat(10 * size, () => 'QUJDQUJD')}</oneBLOB>`,
      (size) => `<oneBLOB name="I" size="3" format=".x">${'\n'.repeat(40 * size)}</oneBLOB>`,
      (size) => `<oneBLOB ${' '.repeat(40 * size)}name="I" size="3" format=".x"/>`,
      (size) => `<oneBLOB ${repeat(size, (i) => `a${i}="x"`)} size="3" format=".x"/>`,
    ];
    for (const vector of vectors)
      await assertLinear(
        1_500,
        (size) =>
          elements(`<setBLOBVector device="Alpha" name="B">${vector(size)}</setBLOBVector>`)[0] as RawElement,
        (element) => blobParcels(element, true),
      );
  });
});

describe('what waits for clients takes time in proportion to it', () => {
  const never = { forward: () => false, forwardAll: () => false, destroy() {} };
  const queued = (count: number) => {
    const pool = new QueuePool(2 ** 30);
    const queue = new ElementQueue(never, { queue: 2 ** 30, streamQueue: 2 ** 30 }, pool);
    const parcels = Array.from({ length: count }, () => parcelOf(Buffer.alloc(10)));
    return { queue, parcels };
  };

  it('when it is queued, withdrawn and dropped', async () => {
    await assertLinear(6_000, queued, ({ queue, parcels }) => {
      for (const [i, parcel] of parcels.entries()) queue.push(parcel, i % 2 ? queue : undefined);
      queue.withdraw(queue);
      queue.close();
    });
  });

  it('when it is sent one by one', async () => {
    await assertLinear(3_000, queued, ({ queue, parcels }) => {
      for (const parcel of parcels) queue.push(parcel);
      for (const _ of parcels) queue.writable();
    });
  });
});
