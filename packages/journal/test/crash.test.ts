/** The journal on a folder that crashes between any two calls, tears writes and reorders what was not flushed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock, ModelFolder, seeded, systemError } from '@fairlead/testkit';
import fc from 'fast-check';
import { type Journal, openJournal } from '../src/index.ts';
import { type Item, idIn, itemFormat, never, readAll, turns } from './items.ts';

const SEGMENT = 700;

/** What the tests know of the items, over all crashes. */
class Truth {
  readonly appended = new Map<number, Item>();
  /** Reported as done, or found after the machine was off: they must not be lost. */
  readonly safe = new Set<number>();
  readonly confirmed = new Set<number>();
  /** The machine was off since: what is found now is on disk. */
  onDisk = true;
  #next = 1;

  items(count: number, size: number, mark: number): Item[] {
    const items = Array.from({ length: count }, () => ({ id: this.#next++, size, mark }));
    for (const item of items) this.appended.set(item.id, item);
    return items;
  }

  /** What a journal that was opened again reads. */
  check(ids: readonly number[], journal: Journal<Item>): void {
    assert.ok(
      ids.every((id, i) => i === 0 || id > (ids[i - 1] as number)),
      `in order, each once: ${ids}`,
    );
    for (const id of ids) assert.ok(this.appended.has(id), `${id} was appended`);
    const read = new Set(ids);
    const missing = [...this.safe].filter((id) => !read.has(id) && !this.confirmed.has(id));
    assert.deepEqual(missing, [], 'what was reported as done is there');
    const marks = [...this.safe].map((id) => this.appended.get(id)?.mark as number);
    assert.ok(journal.mark >= Math.max(0, ...marks), 'the mark is the highest');
    if (this.onDisk) for (const id of ids) this.safe.add(id);
  }
}

type Step =
  | { readonly do: 'append'; readonly count: number; readonly size: number }
  | { readonly do: 'turns'; readonly count: number }
  | { readonly do: 'read' }
  | { readonly do: 'confirm' }
  | { readonly do: 'rewind' }
  | { readonly do: 'time' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      count: fc.integer({ min: 1, max: 6 }),
      size: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 600 })),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'read' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'confirm' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'rewind' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'time' as const }) },
);

const life = fc.record({
  steps: fc.array(step, { maxLength: 25 }),
  /** The call with which the machine ends, and those that fail. */
  crashAt: fc.integer({ min: 1, max: 60 }),
  failing: fc.array(
    fc.record({ call: fc.integer({ min: 1, max: 60 }), code: fc.constantFrom('EIO', 'ENOSPC', 'EROFS') }),
    {
      maxLength: 4,
    },
  ),
  end: fc.constantFrom('crash', 'kill', 'close'),
});
type Life = typeof life extends fc.Arbitrary<infer T> ? T : never;

/** From the opening of the journal to its end. Returns the folder as the next life finds it. */
async function live(
  folder: ModelFolder,
  truth: Truth,
  { steps, crashAt, failing, end }: Life,
  round: number,
) {
  const clock = new FakeClock();
  const journal = await openJournal<Item>({
    files: folder,
    format: itemFormat,
    segment: SEGMENT,
    size: 2 * SEGMENT,
    clock,
  });
  truth.check((await readAll(journal)).ids, journal);
  journal.rewind();
  let calls = 0;
  folder.before = () => {
    calls++;
    if (calls === crashAt) return 'crash';
    const failure = failing.find(({ call }) => call === calls);
    return failure === undefined ? undefined : systemError(failure.code);
  };
  const read: { ids: number[]; last: number }[] = [];
  let reading: Promise<void> | undefined;
  const stop = new AbortController();
  for (const action of steps) {
    if (folder.crashed) break;
    if (action.do === 'append') {
      const items = truth.items(action.count, action.size, round * 10);
      journal.append(items, never, (error) => {
        if (error === undefined) for (const { id } of items) truth.safe.add(id);
      });
    } else if (action.do === 'turns') await turns(action.count);
    else if (action.do === 'time') await clock.advance(300);
    else if (action.do === 'rewind' && reading === undefined) {
      journal.rewind();
      read.length = 0;
    } else if (action.do === 'read' && reading === undefined) {
      reading = journal.read(stop.signal).then(
        ({ payloads, last }) => {
          read.push({ ids: payloads.map(idIn), last });
          reading = undefined;
        },
        () => {
          reading = undefined;
        },
      );
    } else if (action.do === 'confirm') {
      const batch = read.shift();
      if (batch === undefined) continue;
      for (const id of batch.ids) truth.confirmed.add(id);
      journal.confirm(batch.last);
    }
  }
  truth.onDisk = end !== 'kill' || folder.crashed;
  if (!truth.onDisk) return folder.kill();
  if (end === 'crash') return folder.crash();
  folder.before = undefined;
  if (folder.crashed) return folder.crash();
  stop.abort();
  await turns(3);
  await journal.close();
  for (const { id, mark } of truth.appended.values()) if (mark === 10 * round) truth.safe.add(id);
  return folder.crash(); // an orderly end leaves nothing that is not flushed
}

describe('the journal on a folder that crashes', () => {
  it('loses nothing that it reported as done, invents nothing, and keeps the order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.array(life, { minLength: 1, maxLength: 4 }), async (seed, lives) => {
        const truth = new Truth();
        let folder = new ModelFolder(seeded(seed));
        for (const [round, one] of lives.entries()) folder = await live(folder, truth, one, round + 1);
        const journal = await openJournal<Item>({
          files: folder,
          format: itemFormat,
          segment: SEGMENT,
          size: 2 * SEGMENT,
        });
        truth.check((await readAll(journal)).ids, journal);
      }),
      { numRuns: 150 },
    );
  });
});
