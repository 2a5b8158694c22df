/** Commands that not every device of a kind has. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually } from '@fairlead/testkit';
import { DriverBench, type InquiryOptions } from '../../src/index.ts';
import { type Answer, device, Meter, type Options, portOf, usual } from './meter.ts';

const OPTIONAL = 'MORE?';

/** Asks for something that not every meter tells, at each poll. */
class Curious extends Meter {
  readonly told: (string | undefined)[] = [];
  readonly #inquiry: InquiryOptions<string>;

  constructor(inquiry: InquiryOptions<string> = {}, options: Options = {}) {
    super(options);
    this.#inquiry = { timeout: 20, match: (frame) => frame.startsWith('more'), ...inquiry };
  }

  override async poll(): Promise<void> {
    this.told.push(await this.link.inquire(OPTIONAL, this.#inquiry));
    this.reading.update({ VALUE: Number(await this.link.request('READ?')) });
  }
}

interface World extends AsyncDisposable {
  readonly meter: Curious;
  readonly bench: DriverBench;
  readonly heard: string[];
  /** Links that the device has seen. */
  readonly links: Set<unknown>;
}

async function world(answer: Answer, meter = new Curious()): Promise<World> {
  const heard: string[] = [];
  const links = new Set<unknown>();
  const server = await device((command, session) => {
    heard.push(command);
    links.add(session);
    return answer(command, session);
  });
  const bench = await DriverBench.start(meter, { random: () => 0 });
  bench.want('POLLING_PERIOD', { PERIOD_MS: 10 });
  await bench.connect(portOf(server));
  const dispose = async (): Promise<void> => {
    await bench[Symbol.asyncDispose]();
    await server.close();
  };
  return { meter, bench, heard, links, [Symbol.asyncDispose]: dispose };
}

const asked = ({ heard }: World): number => heard.filter((command) => command === OPTIONAL).length;
const polled = (all: World, times: number): Promise<void> =>
  eventually(() => all.meter.told.length >= times, `${times} polls`);
const without: Answer = (command, session) => (command === OPTIONAL ? undefined : usual(command, session));

describe('an optional command', () => {
  it('that the device does not answer cuts no link, and is asked once', async () => {
    await using all = await world(without);
    await polled(all, 5);
    assert.equal(asked(all), 1);
    assert.equal(all.links.size, 1);
    assert.deepEqual(new Set(all.meter.told), new Set([undefined]));
    assert.equal(all.bench.state('CONNECTION'), 'Ok');
    assert.equal(all.bench.words.match(/Meter does not answer "MORE\?"/g)?.length, 1);
  });

  it('that is answered is asked each time', async () => {
    // A device that answers is never too late here.
    const patient = new Curious({ timeout: 10_000 });
    await using all = await world(
      (command, session) => (command === OPTIONAL ? 'more 1' : usual(command, session)),
      patient,
    );
    await polled(all, 3);
    assert.ok(asked(all) >= 3);
    assert.deepEqual(all.meter.told.slice(0, 3), ['more 1', 'more 1', 'more 1']);
  });

  it('is not asked again after the link was lost, and is when a client connects anew', async () => {
    let cut = (): void => undefined;
    await using all = await world((command, session) => {
      cut = () => session.destroy();
      return without(command, session);
    });
    await polled(all, 2);
    cut();
    await eventually(() => all.links.size === 2, 'a second link');
    const { length } = all.meter.told;
    await polled(all, length + 3);
    assert.equal(asked(all), 1);
    all.bench.want('CONNECTION', { DISCONNECT: true });
    await all.bench.reaches('CONNECTION', 'Idle');
    all.bench.want('CONNECTION', { CONNECT: true });
    await eventually(() => asked(all) === 2, 'asked again');
  });

  it('that was answered before and gets no answer now ends the link, as with any command', async () => {
    let silent = false;
    await using all = await world((command, session) => {
      if (command !== OPTIONAL) return usual(command, session);
      return silent ? undefined : 'more';
    });
    await polled(all, 2);
    silent = true;
    await eventually(() => all.links.size > 1, 'a second link');
    assert.match(all.bench.words, /No answer from .* to "MORE\?"/);
  });

  it('that the device hangs up on is given up after the second time', async () => {
    await using all = await world((command, session) =>
      command === OPTIONAL ? void session.destroy() : usual(command, session),
    );
    await polled(all, 3);
    assert.equal(asked(all), 2);
    assert.equal(all.links.size, 3);
  });

  it('that the device hangs on, deaf to what follows, is given up after the second time', async () => {
    const hung = new WeakSet<object>();
    await using all = await world((command, session) => {
      if (command === OPTIONAL) hung.add(session);
      return hung.has(session) ? undefined : usual(command, session);
    });
    await all.bench.has(() => all.bench.value('READING', 'VALUE') === 42, 'a reading');
    assert.equal(asked(all), 2);
    assert.equal(all.links.size, 3);
  });

  for (const [what, match] of [
    ['its form is known', undefined],
    ['nothing is known of its form', () => true],
  ] as const)
    it(`whose answer comes late is not taken for the next one, where ${what}`, async () => {
      let late: (() => void) | undefined;
      const answers: Answer = (command, session) => {
        if (command === OPTIONAL) {
          late = () => session.send('more 7');
          return undefined;
        }
        if (command === 'READ?') {
          late?.();
          late = undefined;
        }
        return usual(command, session);
      };
      await using all = await world(answers, new Curious(match === undefined ? {} : { match }));
      await polled(all, 3);
      await all.bench.reaches('READING', 'Ok');
      assert.equal(all.links.size, 1);
      assert.equal(asked(all), 1);
      const readings = all.bench.said.filter((message) => 'name' in message && message.name === 'READING');
      for (const { members } of readings.slice(1) as { members?: { value: unknown }[] }[])
        assert.equal(members?.[0]?.value, 42);
    });

  it('of unknown form that is never answered costs the next command its time once, and nothing else', async () => {
    await using all = await world(without, new Curious({ match: () => true }));
    await polled(all, 4);
    assert.equal(all.links.size, 1);
    assert.equal(asked(all), 1);
    assert.equal(all.bench.value('READING', 'VALUE'), 42);
  });
});
