/** Tests that every registry of sessions must pass. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import { eventually } from './eventually.ts';

/** A device of the suite. Registries use only its id. */
export interface SuiteDevice {
  readonly id: string;
  readonly name: string;
  readonly type: 'standard';
  readonly protocol: string;
  readonly profile: { readonly id: string };
  readonly inboundBuffer: number;
  readonly outboundBuffer: number;
}

/** The interface of the registry of one node that the suite uses. Every registry implements it structurally. */
export interface SuiteRegistry {
  claim(device: SuiteDevice, since: number, signal: AbortSignal): Promise<{ readonly epoch: number }>;
  release(device: SuiteDevice, epoch: number, code: string): void;
  owner(
    id: string,
  ): Promise<{ readonly node: string; readonly epoch: number; readonly since: number } | undefined>;
  onLost(lost: (id: string, epoch: number) => void): void;
}

/** Two nodes with shared sessions, for one test. */
export interface SuiteRegistries {
  readonly a: SuiteRegistry;
  readonly b: SuiteRegistry;
  readonly end?: () => Promise<void>;
}

const device: SuiteDevice = {
  id: '01JD0000000000000000000DEV',
  name: 'device',
  type: 'standard',
  protocol: 'official',
  profile: { id: 'p' },
  inboundBuffer: 1_024,
  outboundBuffer: 1_024,
};

/**
 * Declares the tests of a registry.
 * @param open creates two nodes for one test; to skip the test, `open` calls `t.skip()` and returns undefined
 */
export function registrySuite(
  name: string,
  open: (t: TestContext) => Promise<SuiteRegistries | undefined>,
): void {
  const check = (title: string, body: (nodes: Observed) => Promise<void>) =>
    test(title, async (t) => {
      const nodes = await open(t);
      if (nodes === undefined) return;
      try {
        await body(observed(nodes));
      } finally {
        await nodes.end?.();
      }
    });
  const never = new AbortController().signal;

  describe(`registry suite: ${name}`, () => {
    check(
      'a claim sets the owner, with an epoch above all earlier ones, also after a release',
      async ({ a }) => {
        assert.equal(await a.owner(device.id), undefined);
        const first = await a.claim(device, 5, never);
        const owner = await a.owner(device.id);
        assert.deepEqual([owner?.epoch, owner?.since], [first.epoch, 5]);
        const second = await a.claim(device, 6, never);
        assert.ok(second.epoch > first.epoch);
        a.release(device, second.epoch, 'PEER_CLOSED');
        await eventually(async () => (await a.owner(device.id)) === undefined, 'the release');
        const third = await a.claim(device, 7, never);
        assert.ok(third.epoch > second.epoch);
      },
    );

    check('both nodes see the same owner, and devices are independent', async ({ a, b }) => {
      const other = { ...device, id: '01JD0000000000000000000OTH' };
      const [mine, its] = [await a.claim(device, 1, never), await b.claim(other, 2, never)];
      for (const node of [a, b]) {
        await eventually(async () => (await node.owner(device.id))?.epoch === mine.epoch, 'the first owner');
        await eventually(async () => (await node.owner(other.id))?.epoch === its.epoch, 'the other owner');
      }
      const nodes = [await a.owner(device.id), await a.owner(other.id)].map((owner) => owner?.node);
      assert.notEqual(nodes[0], nodes[1]);
    });

    check(
      'a claim of another node notifies the first of its loss, and has the higher epoch',
      async (nodes) => {
        const { a, b, lost } = nodes;
        const first = await a.claim(device, 1, never);
        const second = await b.claim(device, 2, never);
        assert.ok(second.epoch > first.epoch);
        await eventually(() => lost.a.length > 0, 'the loss');
        assert.deepEqual(lost, { a: [`${device.id} ${first.epoch}`], b: [] });
      },
    );

    check('a late release of an older session does not affect the newer one', async ({ a, b }) => {
      const first = await a.claim(device, 1, never);
      const second = await b.claim(device, 2, never);
      a.release(device, first.epoch, 'SESSION_REPLACED');
      a.release(device, second.epoch, 'SESSION_REPLACED');
      const third = await a.claim({ ...device, id: 'another' }, 3, never);
      assert.ok(third.epoch > 0);
      assert.equal((await b.owner(device.id))?.epoch, second.epoch);
    });

    check('after simultaneous claims there is one owner, and all others are notified', async (nodes) => {
      const { a, b, lost } = nodes;
      const claims = await Promise.all(
        Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? a : b).claim(device, i, never)),
      );
      const epochs = claims.map(({ epoch }) => epoch);
      assert.equal(new Set(epochs).size, epochs.length);
      const owner = await a.owner(device.id);
      assert.equal(owner?.epoch, Math.max(...epochs));
      const loser = epochs.indexOf(owner?.epoch as number) % 2 === 0 ? lost.b : lost.a;
      await eventually(() => loser.length > 0, 'the losses');
    });

    check('a claim ends with ABORTED when its signal has fired', async ({ a }) => {
      await assert.rejects(a.claim(device, 1, AbortSignal.abort()), (error) =>
        isFairleadError(error, 'ABORTED'),
      );
      assert.equal(await a.owner(device.id), undefined);
    });
  });
}

type Observed = SuiteRegistries & { readonly lost: { readonly a: string[]; readonly b: string[] } };

function observed(nodes: SuiteRegistries): Observed {
  const lost = { a: [] as string[], b: [] as string[] };
  nodes.a.onLost((id, epoch) => lost.a.push(`${id} ${epoch}`));
  nodes.b.onLost((id, epoch) => lost.b.push(`${id} ${epoch}`));
  return { ...nodes, lost };
}
