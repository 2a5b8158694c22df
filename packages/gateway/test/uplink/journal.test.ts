import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { coreErrors, type FairleadError, Waiters } from '@fairlead/core';
import { settled } from '@fairlead/testkit';
import { type Uplink, type UplinkJournal, uplinkRecord } from '../../src/index.ts';
import { readUplink } from '../../src/uplink/uplink-record.ts';
import { attributes, auth, world } from '../harness.ts';

/** A journal in memory: the test says when something is on disk. */
class TestJournal implements UplinkJournal {
  mark = 0;
  full = false;
  readonly records: Buffer[] = [];
  readonly done: ((error?: FairleadError) => void)[] = [];
  readonly #arrived = new Waiters();
  readonly #drained = new Waiters();
  #waiting: Buffer[] = [];
  confirmed = 0;
  #read = 0;

  get empty(): boolean {
    return this.confirmed === this.records.length && this.#waiting.length === 0;
  }

  append(batch: readonly Uplink[], _refused: unknown, done?: (error?: FairleadError) => void): boolean {
    for (const uplink of batch) {
      const bytes = Buffer.alloc(uplinkRecord.size(uplink));
      uplinkRecord.write(uplink, bytes, 0);
      this.#waiting.push(bytes);
    }
    if (done !== undefined) this.done.push(done);
    return !this.full;
  }

  /** What was appended is on disk. */
  flush(): void {
    this.records.push(...this.#waiting.splice(0));
    for (const done of this.done.splice(0)) done();
    this.#arrived.resolve();
  }

  drain(): void {
    this.full = false;
    this.#drained.resolve();
  }

  drained(signal?: AbortSignal): Promise<void> {
    return this.full ? this.#drained.wait(signal) : Promise.resolve();
  }

  async flushed(): Promise<void> {
    this.flush();
  }

  async read(signal?: AbortSignal) {
    while (this.#read === this.records.length) await this.#arrived.wait(signal);
    const payloads = this.records.slice(this.#read);
    this.#read = this.records.length;
    return { payloads, last: this.#read };
  }

  confirm(last: number): void {
    this.confirmed = Math.max(this.confirmed, last);
  }

  rewind(): void {
    this.#read = this.confirmed;
  }
}

const device = { name: 'd', token: 'secret', profile: { id: 'p', ack: '06' } };
const keeping = (journal: TestJournal, origin?: 'payload') => ({
  journal: { journal, keeps: (listener: string) => listener === 'official', origin },
});

describe('a listener that journals', () => {
  it('acknowledges when the message is on disk, and publishes it then', async () => {
    const journal = new TestJournal();
    const { official, bus } = await world([device], keeping(journal));
    const peer = await (await official()).send(auth('secret'), attributes({ a: 1 }));
    await settled();
    assert.deepEqual([peer.hex, bus.readings.length], ['', 0]);
    journal.flush();
    await settled();
    assert.deepEqual([peer.hex, bus.readings.length, journal.confirmed], ['06', 1, 1]);
  });

  it('sends no acknowledgement when the disk fails', async () => {
    const journal = new TestJournal();
    const { official, gateway } = await world([device], keeping(journal));
    const peer = await (await official()).send(auth('secret'), attributes({ a: 1 }));
    journal.done[0]?.(coreErrors.error('HANDLER_FAILED', { reason: 'disk full' }));
    await settled();
    assert.equal(peer.hex, '');
    assert.equal(gateway.counters().refusals.get('official HANDLER_FAILED'), 1);
  });

  it('is served while the bus is away; what waits follows in order, also of a device that was removed', async () => {
    const journal = new TestJournal();
    const { official, bus, known } = await world([device], keeping(journal));
    const peer = await (await official()).send(auth('secret'));
    bus.fill();
    for (let n = 1; n <= 3; n++) await peer.send(attributes({ n }));
    journal.flush();
    await settled();
    assert.deepEqual([peer.hex, bus.readings.length], ['060606', 0]);
    known.delete('d');
    bus.empty();
    await settled();
    assert.deepEqual(
      bus.readings,
      [1, 2, 3].map((n) => `devices/d/attributes {"n":${n}}`),
    );
  });

  it('is not read while the journal is full; other listeners are', async () => {
    const journal = new TestJournal();
    const other = { name: 'e', token: 'other', protocol: 'custom' };
    const { official, custom, bus } = await world([device, other], keeping(journal));
    const peer = await (await official()).send(auth('secret'));
    journal.full = true;
    await peer.send(attributes({ n: 1 }));
    await peer.send(attributes({ n: 2 }));
    await peer.send(attributes({ n: 3 }));
    journal.flush();
    await settled();
    const before = journal.records.length;
    assert.ok(before < 3, `${before}`);
    const second = await (await custom()).send(Buffer.from('other\n'));
    await second.send(Buffer.from('bytes'));
    await settled();
    assert.ok(bus.published.some(({ topic }) => topic === 'devices/e/raw'));
    journal.drain();
    await settled();
    journal.flush();
    await settled();
    assert.equal(journal.records.length, 3);
  });

  it('publishes again what the bus could not confirm', async () => {
    const journal = new TestJournal();
    const { official, bus, clock, logged } = await world([device], keeping(journal));
    const peer = await (await official()).send(auth('secret'));
    bus.flushed = async () => {
      throw coreErrors.error('HANDLER_FAILED', { reason: 'connection lost' });
    };
    await peer.send(attributes({ n: 1 }));
    journal.flush();
    await settled();
    assert.deepEqual([bus.readings.length, journal.confirmed], [1, 0]);
    bus.flushed = async () => {};
    await clock.advance(2_000);
    assert.deepEqual([bus.readings.length, journal.confirmed], [2, 1]);
    assert.ok(logged.some((line) => line.includes('HANDLER_FAILED')));
  });

  it('passes what the bus refuses for good, and says so', async () => {
    const journal = new TestJournal();
    const { official, bus, logged } = await world([device], keeping(journal));
    bus.refuse = ({ payload }) => `${payload}`.includes('bad');
    const peer = await (await official()).send(auth('secret'));
    await peer.send(attributes({ n: 'bad' }), attributes({ n: 'good' }));
    journal.flush();
    await settled();
    assert.deepEqual([bus.readings.length, journal.confirmed], [1, 2]);
    assert.ok(logged.some((line) => line.startsWith('warn')));
  });

  it('has epochs above those of the journal, also when the clock was set back', async () => {
    const journal = new TestJournal();
    journal.mark = 9e12;
    const { official } = await world([device], keeping(journal));
    await (await official()).send(auth('secret'), attributes({ n: 1 }));
    journal.flush();
    assert.equal(readUplink(journal.records[0] as Buffer)?.origin.epoch, 9e12 + 1);
  });

  it('says in the payload where a message comes from, if asked; a device cannot', async () => {
    const journal = new TestJournal();
    const { official, bus } = await world([device], keeping(journal, 'payload'));
    const peer = await (await official()).send(auth('secret'));
    for (const value of [{ a: 1 }, {}, { _origin: 'mine' }]) await peer.send(attributes(value));
    journal.flush();
    await settled();
    const payloads = bus.published.slice(-3).map(({ payload }) => JSON.parse(`${payload}`));
    const epoch = payloads[0]._origin.epoch;
    assert.deepEqual(payloads, [
      { a: 1, _origin: { device: 'd', epoch, seq: 1 } },
      { _origin: { device: 'd', epoch, seq: 2 } },
      { _origin: { device: 'd', epoch, seq: 3 } },
    ]);
  });
});

describe('an uplink as a record', () => {
  it('comes back as it was; one of another version is not taken for one', () => {
    const uplink = {
      device: { name: 'pump-7' },
      kind: 'events',
      time: 1_764_524_400_123,
      payload: Buffer.from('{"method":"ä"}'),
      origin: { device: '01JD', epoch: 2 ** 47, seq: 2 ** 33 },
    } as unknown as Uplink;
    const bytes = Buffer.alloc(uplinkRecord.size(uplink) + 3);
    uplinkRecord.write(uplink, bytes, 3);
    const { device, ...rest } = readUplink(bytes.subarray(3)) ?? {};
    assert.deepEqual({ ...rest, device: { name: device?.name } }, uplink);
    bytes[3] = 9;
    assert.equal(readUplink(bytes.subarray(3)), undefined);
    assert.equal(readUplink(Buffer.alloc(3)), undefined);
  });
});
