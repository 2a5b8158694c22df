import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { coreErrors, type FairleadError } from '@fairlead/core';
import { FakeClock, seeded, settled } from '@fairlead/testkit';
import fc from 'fast-check';
import type { Lease } from '../../src/index.ts';
import type { PoolFactory } from '../../src/pool/factory.ts';
import { poolSchema } from '../../src/pool/options.ts';
import { Pool } from '../../src/pool/pool.ts';

/** What a pool lends in these tests: it opens, closes and ends when the test says so. */
interface Thing {
  readonly id: number;
  lost(): void;
  closed: boolean;
}

interface Opening {
  readonly succeed: () => Thing;
  readonly fail: () => void;
  readonly signal: AbortSignal;
}

class Factory implements PoolFactory<Thing> {
  readonly openings: Opening[] = [];
  readonly things: Thing[] = [];
  live = 0;
  most = 0;
  /** Opens at once; else the test does. */
  auto = true;
  failing = false;
  validate?: PoolFactory<Thing>['validate'];

  open(signal: AbortSignal, lost: (cause: FairleadError) => void): Promise<Thing> {
    const { promise, resolve, reject } = Promise.withResolvers<Thing>();
    this.most = Math.max(this.most, ++this.live);
    const succeed = () => {
      const thing: Thing = {
        id: this.things.length,
        closed: false,
        lost: () => {
          if (thing.closed) return;
          this.#end(thing);
          lost(coreErrors.error('PEER_RESET'));
        },
      };
      this.things.push(thing);
      resolve(thing);
      return thing;
    };
    const fail = () => {
      this.live--;
      reject(coreErrors.error('CONNECT_REFUSED', { endpoint: 'there' }));
    };
    this.openings.push({ succeed, fail, signal });
    if (this.auto) this.failing ? fail() : succeed();
    return promise;
  }

  async close(thing: Thing): Promise<void> {
    await settled();
    this.#end(thing);
  }

  async destroy(thing: Thing): Promise<void> {
    this.#end(thing);
  }

  #end(thing: Thing): void {
    if (thing.closed) return;
    thing.closed = true;
    this.live--;
  }
}

function world(options: Record<string, unknown> = {}, set: Partial<Factory> = {}) {
  const factory = Object.assign(new Factory(), set);
  const clock = new FakeClock();
  const retry = { min: 1_000, max: 8_000, jitter: 'none' as const };
  const pool = new Pool(factory, { ...poolSchema.parse(options), clock, random: seeded(1), retry });
  return { factory, clock, pool };
}

const code = (code: string) => ({ code });

describe('Pool', () => {
  it('lends what it has, last used first, and opens no more than it may', async () => {
    const { factory, pool } = world({ max: 2 });
    const [a, b] = [await pool.acquire(), await pool.acquire()];
    assert.deepEqual([a.client.id, b.client.id], [0, 1]);
    const third = pool.acquire();
    await settled();
    assert.equal(pool.stats().waiting, 1);
    b.release();
    assert.equal((await third).client.id, 1);
    a.release();
    (await third).release();
    assert.equal((await pool.acquire()).client.id, 1);
    assert.equal(factory.most, 2);
  });

  it('a lease is over once: at the end of its block, and its client is out of reach after', async () => {
    const { pool } = world({ max: 1 });
    let kept: Lease<Thing>;
    {
      using lease = await pool.acquire();
      kept = lease;
      assert.equal(lease.client.id, 0);
    }
    kept.release();
    kept.discard();
    assert.throws(() => kept.client, code('LEASE_OVER'));
    {
      await using lease = await pool.acquire();
      assert.equal(lease.client.id, 0);
    }
    assert.deepEqual([pool.stats().idle, pool.stats().size], [1, 1]);
  });

  it('serves in the order of asking', async () => {
    const { pool } = world({ max: 1 });
    const first = await pool.acquire();
    const order: number[] = [];
    const waits = [0, 1, 2, 3].map(async (n) => {
      const lease = await pool.acquire();
      order.push(n);
      lease.release();
    });
    first.release();
    await Promise.all(waits);
    assert.deepEqual(order, [0, 1, 2, 3]);
  });

  it('bounds waits, and who may wait', async () => {
    const { clock, pool } = world({ max: 1, queue: 1, acquireTimeout: '5s' });
    const lease = await pool.acquire();
    const waiting = assert.rejects(pool.acquire(), code('POOL_TIMEOUT'));
    await assert.rejects(pool.acquire(), code('POOL_QUEUE_FULL'));
    await clock.advance(5_000);
    await waiting;
    lease.release();
    assert.equal(pool.stats().idle, 1, 'not lost to the one that gave up');
    (await pool.acquire()).release();
    await pool.close();
    assert.equal(clock.pending, 0);
  });

  it('closes what was not used for long, down to its minimum', async () => {
    const { clock, factory, pool } = world({ min: 1, max: 3, idleTimeout: '10s' });
    await settled();
    const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
    leases[0]?.release();
    await clock.advance(6_000);
    leases[1]?.release();
    leases[2]?.release();
    await clock.advance(4_000);
    assert.deepEqual([factory.things[0]?.closed, pool.stats().size], [true, 2]);
    await clock.advance(60_000);
    assert.deepEqual([pool.stats().size, pool.stats().idle], [1, 1]);
    await pool.close();
    assert.equal(clock.pending, 0);
  });

  it('replaces a client that has served often enough, also for one who waits', async () => {
    const { factory, pool } = world({ max: 1, maxUses: 2 });
    for (const expected of [0, 0, 1, 1, 2]) {
      const lease = await pool.acquire();
      assert.equal(lease.client.id, expected);
      lease.release();
    }
    assert.equal(factory.most, 1, 'the old one is closed before the new one opens');
  });

  it('looks an idle client over before it lends it again', async () => {
    const bad = new Set<number>();
    const { factory, pool } = world(
      { max: 2 },
      {
        validate: async (thing) => {
          await settled();
          if (thing.id === 1) throw new Error('it did not answer');
          return !bad.has(thing.id);
        },
      },
    );
    const [a, b] = await Promise.all([pool.acquire(), pool.acquire()]);
    a.release();
    b.release();
    bad.add(0);
    const lease = await pool.acquire();
    assert.ok(lease.client.id >= 2, `${lease.client.id}`);
    assert.ok(factory.things.some((thing) => thing.closed));
    lease.discard();
    await pool.close();
    assert.equal(factory.live, 0);
  });

  it('keeps its minimum, and calls a peer that is down with pauses', async () => {
    const { clock, factory, pool } = world({ min: 2, max: 4 });
    await settled();
    assert.deepEqual([pool.stats().size, pool.stats().idle], [2, 2]);
    factory.failing = true;
    for (const thing of factory.things) thing.lost();
    await clock.advance(60_000);
    const calls = factory.openings.length;
    assert.ok(calls > 4 && calls < 40, `${calls} calls in a minute`);
    factory.failing = false;
    await clock.advance(8_000);
    assert.equal(pool.stats().size, 2);
    await pool.close();
    assert.equal(clock.pending, 0);
  });
});

describe('Pool: races', () => {
  it('an acquire that is abandoned while a client opens leaves the client to the next', async () => {
    for (const how of ['abort', 'timeout']) {
      const { clock, factory, pool } = world({ max: 1, acquireTimeout: '5s' }, { auto: false });
      const given = new AbortController();
      const abandoned = assert.rejects(
        pool.acquire({ signal: given.signal }),
        code(how === 'abort' ? 'ABORTED' : 'POOL_TIMEOUT'),
      );
      if (how === 'abort') given.abort();
      await clock.advance(5_000);
      await abandoned;
      const next = pool.acquire();
      assert.equal(factory.openings.length, 1, 'the one that opens serves the next');
      factory.openings[0]?.succeed();
      (await next).release();
      assert.deepEqual([pool.stats().idle, pool.stats().size], [1, 1]);
      await pool.close();
    }
  });

  it('an open that fails strands nobody: one hears of it, the others get their own attempt', async () => {
    const { factory, pool } = world({ max: 1 }, { auto: false });
    const first = assert.rejects(pool.acquire(), code('CONNECT_REFUSED'));
    const second = pool.acquire();
    const third = assert.rejects(pool.acquire(), code('CONNECT_REFUSED'));
    factory.openings[0]?.fail();
    await first;
    factory.openings[1]?.succeed();
    const lease = await second;
    lease.discard();
    await settled();
    factory.openings[2]?.fail();
    await third;
    assert.deepEqual([pool.stats().size, pool.stats().opening, pool.stats().waiting], [0, 0, 0]);
    await pool.close();
  });

  it('a client released while another opens goes to who waits; the opened one is spare', async () => {
    const { factory, pool } = world({ max: 2 }, { auto: false });
    const first = pool.acquire();
    factory.openings[0]?.succeed();
    const lease = await first;
    const second = pool.acquire();
    lease.release();
    assert.equal((await second).client.id, 0);
    factory.openings[1]?.succeed();
    await settled();
    assert.deepEqual([pool.stats().leased, pool.stats().idle], [1, 1]);
  });

  it('closing while a client opens ends the client, whether or not it heeds the signal', async () => {
    const { factory, pool } = world({ max: 2 }, { auto: false });
    const waits = [pool.acquire(), pool.acquire()].map((wait) => assert.rejects(wait, code('POOL_CLOSED')));
    const closed = pool.close();
    await Promise.all(waits);
    assert.ok(factory.openings.every(({ signal }) => signal.aborted));
    factory.openings[0]?.fail();
    const late = factory.openings[1]?.succeed();
    await closed;
    assert.equal(late?.closed, true);
    assert.equal(factory.live, 0);
    await assert.rejects(pool.acquire(), code('POOL_CLOSED'));
  });

  it('closing waits for what is lent; what is given back then is closed', async () => {
    const { factory, pool } = world({ max: 2 });
    const lease = await pool.acquire();
    let over = false;
    const closing = pool.close().then(() => {
      over = true;
    });
    await settled();
    assert.equal(over, false);
    lease.release();
    await closing;
    assert.equal(factory.live, 0);
    await pool.close();
  });

  it('destroying ends what is lent; to give it back then does nothing', async () => {
    const { factory, pool } = world({ max: 2 });
    const lease = await pool.acquire();
    await pool.destroy();
    assert.equal(factory.live, 0);
    lease.release();
    lease.discard();
    assert.deepEqual([pool.stats().size, pool.stats().idle], [0, 0]);
  });

  it('a client that ends while idle is never lent; one that ends while lent makes room at once', async () => {
    const { factory, pool } = world({ max: 1 });
    const lease = await pool.acquire();
    lease.release();
    factory.things[0]?.lost();
    assert.equal(pool.stats().size, 0);
    const second = await pool.acquire();
    assert.equal(second.client.id, 1);
    const third = pool.acquire();
    factory.things[1]?.lost();
    assert.equal((await third).client.id, 2);
    second.release();
    assert.equal(pool.stats().idle, 0);
  });

  it('a client that ends while it is opened, or looked over, is not lent', async () => {
    const { factory, pool } = world({ max: 1 }, { auto: false });
    const wait = pool.acquire();
    const thing = factory.openings[0]?.succeed();
    thing?.lost();
    await settled();
    assert.equal(factory.openings.length, 2, 'another opens for who waits');
    factory.openings[1]?.succeed();
    const lease = await wait;
    assert.equal(lease.client.id, 1);
    factory.validate = (found) => {
      found.lost();
      return true;
    };
    lease.release();
    const next = pool.acquire();
    await settled();
    factory.openings[2]?.succeed();
    assert.equal((await next).client.id, 2);
  });

  it('an acquire abandoned while its client is looked over leaves the client idle', async () => {
    let answer: ((valid: boolean) => void) | undefined;
    const { pool } = world(
      { max: 1 },
      {
        validate: () =>
          new Promise<boolean>((resolve) => {
            answer = resolve;
          }),
      },
    );
    (await pool.acquire()).release();
    const given = new AbortController();
    const abandoned = assert.rejects(pool.acquire({ signal: given.signal }), code('ABORTED'));
    given.abort();
    await abandoned;
    answer?.(true);
    await settled();
    assert.equal(pool.stats().idle, 1);
  });

  it('a look that never ends is given up with the wait', async () => {
    const { clock, factory, pool } = world(
      { max: 1, acquireTimeout: '5s' },
      { validate: () => new Promise<boolean>(() => {}) },
    );
    (await pool.acquire()).release();
    const waiting = assert.rejects(pool.acquire(), code('POOL_TIMEOUT'));
    await clock.advance(5_000);
    await waiting;
    assert.equal(factory.live, 0);
    await pool.close();
  });

  it('a signal that fired before asks for nothing', async () => {
    const { factory, pool } = world({ max: 1 });
    await assert.rejects(pool.acquire({ signal: AbortSignal.abort() }), code('ABORTED'));
    assert.equal(factory.openings.length, 0);
  });

  it('keeps its books under any order of events', async () => {
    const step = fc.constantFrom('acquire', 'abort', 'release', 'discard', 'succeed', 'fail', 'lose', 'wait');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.nat(), async (steps, seed) => {
        const random = seeded(seed);
        const pick = <T>(from: T[]): T | undefined => from[Math.floor(random() * from.length)];
        const { clock, factory, pool } = world({ min: 1, max: 3, maxUses: 3, queue: 5 }, { auto: false });
        const leases: Lease<Thing>[] = [];
        const waits: { given: AbortController; over: boolean }[] = [];
        const opened = new Set<Opening>();
        const open = (how: 'succeed' | 'fail') => {
          const opening = pick(factory.openings.filter((one) => !opened.has(one)));
          if (opening === undefined) return;
          opened.add(opening);
          opening[how]();
        };
        for (const what of steps) {
          if (what === 'acquire') {
            const wait = { given: new AbortController(), over: false };
            waits.push(wait);
            void pool.acquire({ signal: wait.given.signal }).then(
              (lease) => {
                wait.over = true;
                leases.push(lease);
              },
              () => {
                wait.over = true;
              },
            );
          } else if (what === 'abort') pick(waits)?.given.abort();
          else if (what === 'release' || what === 'discard') {
            const lease = pick(leases);
            lease?.[what]();
            if (lease !== undefined) leases.splice(leases.indexOf(lease), 1);
          } else if (what === 'lose') pick(factory.things)?.lost();
          else if (what === 'wait') await clock.advance(2_000);
          else open(what);
          await settled();
          const { size, idle, opening } = pool.stats();
          assert.ok(factory.live <= 3 && size + opening <= 3 && idle <= size);
          const clients = leases.flatMap((lease) => (lease.client.closed ? [] : [lease.client.id]));
          assert.equal(new Set(clients).size, clients.length, 'nothing is lent twice');
        }
        for (let round = 0; round < 20; round++) {
          open('succeed');
          for (const lease of leases.splice(0)) lease.release();
          await clock.advance(1_000);
        }
        assert.ok(
          waits.every(({ over }) => over),
          'nobody waits for ever',
        );
        const closing = pool.close();
        for (let round = 0; round < 5; round++) open('succeed');
        await closing;
        assert.equal(factory.live, 0);
        assert.equal(clock.pending, 0);
      }),
      { numRuns: 60 },
    );
  });
});
