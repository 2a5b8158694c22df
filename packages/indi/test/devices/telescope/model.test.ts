import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FakeClock, settled } from '@fairlead/testkit';
import fc from 'fast-check';
import type {
  AnyDevice,
  AnyNewVector,
  AnySetVector,
  IndiMessage,
  TelescopeState,
} from '../../../src/index.ts';
import { everything, Scope } from './scope.ts';

const COMMANDS = 'goto sync abort park unpark track mode rate move guide home'.split(' ');
const STATES: readonly TelescopeState[] = ['idle', 'slewing', 'tracking', 'parking', 'parked'];

/** Any request for any property that the device has, sensible more often than not. */
function request(device: AnyDevice): fc.Arbitrary<AnyNewVector> {
  const all = device.properties.filter(
    ({ perm, name }) => perm !== 'ro' && name !== 'CONNECTION' && name !== 'POLLING_PERIOD',
  );
  return fc.constantFrom(...all).chain((vector) => {
    const { type, name } = vector;
    const names: string[] = vector.names;
    const value = (member: string): fc.Arbitrary<unknown> => {
      if (type === 'Switch') return fc.boolean();
      if (type === 'Text') return fc.constantFrom('2026-11-20T10:00:00', '1', 'x');
      const { min, max } = vector.rangeOf(member);
      return fc.oneof({ weight: 4, arbitrary: fc.double({ min, max, noNaN: true }) }, fc.double());
    };
    const some = fc
      .subarray(names, { minLength: 1 })
      .chain((chosen) => fc.tuple(...chosen.map((name) => value(name).map((value) => ({ name, value })))));
    const one = fc.constantFrom(...names).map((name) => [{ name, value: true }]);
    const every = fc.tuple(...names.map((name) => value(name).map((value) => ({ name, value }))));
    const sensible: fc.Arbitrary<unknown[]> = type === 'Switch' ? one : every;
    return fc
      .oneof({ weight: 4, arbitrary: sensible }, some)
      .map(
        (members) =>
          ({ tag: `new${type}Vector`, type, device: device.name, name, members }) as unknown as AnyNewVector,
      );
  });
}

type Step =
  | { readonly request: AnyNewVector }
  | { readonly state: TelescopeState }
  | { readonly broken: string }
  | { readonly wait: number };

describe('A telescope, whatever is wanted of it and whatever it does', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fairlead-scope-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('shows switches that keep their rules, is Busy only while it is, and ends what it began', async () => {
    const steps = fc.array(
      fc.oneof(
        { weight: 6, arbitrary: request(new Scope(everything)).map((request): Step => ({ request })) },
        { weight: 2, arbitrary: fc.constantFrom(...STATES).map((state): Step => ({ state })) },
        { weight: 1, arbitrary: fc.constantFrom(...COMMANDS).map((broken): Step => ({ broken })) },
        { weight: 2, arbitrary: fc.nat(2_000).map((wait): Step => ({ wait })) },
      ),
      { maxLength: 40 },
    );
    await fc.assert(fc.asyncProperty(steps, play), { numRuns: 150 });
  });

  async function play(steps: readonly Step[]): Promise<void> {
    const clock = new FakeClock();
    const scope = new Scope(everything);
    const shown = new Map<string, AnySetVector>();
    const send = (message: IndiMessage): void => {
      if (/^(def|set)\w+Vector$/.test(message.tag))
        shown.set((message as AnySetVector).name, message as AnySetVector);
      if (message.tag === 'delProperty') shown.delete(message.name ?? '');
    };
    await scope.start({ send, clock, random: () => 0.5, environment: { HOME: folder }, executable: 'test' });
    scope.getProperties();
    const press = (element: string): Promise<void> =>
      scope.handleNew({
        tag: 'newSwitchVector',
        type: 'Switch',
        device: 'Scope',
        name: 'CONNECTION',
        members: [{ name: element, value: true }],
      } as AnyNewVector);
    await press('CONNECT');
    await settled();
    await clock.advance(1);
    const requests: Promise<void>[] = [];
    for (const step of steps) {
      if ('request' in step) requests.push(scope.handleNew(step.request));
      else if ('state' in step) scope.state = step.state;
      else if ('broken' in step) scope.broken.add(step.broken);
      else await clock.advance(step.wait);
    }
    await Promise.all(requests);
    scope.broken.clear();
    await clock.advance(100_000);
    for (const vector of shown.values()) {
      const { rule } = scope.property(vector.name) as { rule?: string };
      const on = vector.members.filter(({ value }) => value === true).length;
      if (rule === 'OneOfMany') assert.equal(on, 1, vector.name);
      if (rule === 'AtMostOne') assert.ok(on <= 1, vector.name);
    }
    const state = (name: string): string | undefined => shown.get(name)?.state;
    assert.equal(state('EQUATORIAL_EOD_COORD') === 'Busy', scope.is('slewing') || scope.is('parking'));
    assert.equal(state('EQUATORIAL_EOD_COORD') === 'Ok', scope.is('tracking'));
    if (state('TELESCOPE_PARK') === 'Busy') assert.equal(scope.state, 'parking');
    const parked = shown.get('TELESCOPE_PARK')?.members.find(({ name }) => name === 'PARK')?.value;
    if (scope.is('parked')) assert.equal(parked, true);
    for (const name of ['TELESCOPE_TIMED_GUIDE_NS', 'TELESCOPE_TIMED_GUIDE_WE'])
      assert.notEqual(state(name), 'Busy', name);
    await press('DISCONNECT');
    await settled();
    assert.equal(clock.pending, 0);
    await scope.stop();
  }
});
