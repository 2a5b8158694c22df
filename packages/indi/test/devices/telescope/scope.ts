import type {
  Direction,
  HomeAction,
  HorizontalPosition,
  MountReading,
  ParkPosition,
  Position,
  TelescopeOptions,
  TrackMode,
  TrackRate,
} from '../../../src/index.ts';
import { DriverBench, Telescope } from '../../../src/index.ts';

/** A mount that can do everything, and writes down what it was told. */
export class Scope extends Telescope {
  readonly done: unknown[] = [];
  reading: MountReading = { ra: 1, dec: 2 };
  /** What a command waits for before it is done. */
  gate: Promise<void> = Promise.resolve();
  /** Commands that fail. */
  readonly broken = new Set<string>();

  constructor(options: TelescopeOptions, name = 'Scope') {
    super(name, options);
  }

  /** What was done since it was asked last. */
  told(): unknown[] {
    return this.done.splice(0);
  }

  async #do(what: string, ...how: unknown[]): Promise<void> {
    if (this.broken.has(what)) throw new Error(`The mount refuses: ${what}.`);
    this.done.push([what, ...how]);
    if (what !== 'abort') await this.gate;
  }

  protected override async readPosition(): Promise<MountReading> {
    return this.reading;
  }
  protected override goto(target: Position): Promise<void> {
    return this.#do('goto', target);
  }
  protected override gotoHorizontal(target: HorizontalPosition): Promise<void> {
    return this.#do('gotoHorizontal', target);
  }
  protected override sync(position: Position): Promise<void> {
    return this.#do('sync', position);
  }
  protected override abort(): Promise<void> {
    return this.#do('abort');
  }
  protected override park(position: ParkPosition | undefined): Promise<void> {
    return this.#do('park', position);
  }
  protected override unpark(): Promise<void> {
    return this.#do('unpark');
  }
  protected override setParkPosition(position: ParkPosition): Promise<void> {
    return this.#do('parkPosition', position);
  }
  protected override track(on: boolean): Promise<void> {
    return this.#do('track', on);
  }
  protected override setTrackMode(mode: TrackMode): Promise<void> {
    return this.#do('mode', mode);
  }
  protected override setTrackRate(rate: TrackRate): Promise<void> {
    return this.#do('rate', rate);
  }
  protected override move(direction: Direction, on: boolean): Promise<void> {
    return this.#do('move', direction, on);
  }
  protected override setSlewRate(index: number): Promise<void> {
    return this.#do('slewRate', index);
  }
  protected override guide(direction: Direction, milliseconds: number): Promise<void> {
    return this.#do('guide', direction, milliseconds);
  }
  protected override setGuideRate(westEast: number, northSouth: number): Promise<void> {
    return this.#do('guideRate', westEast, northSouth);
  }
  protected override home(action: HomeAction): Promise<void> {
    return this.#do('home', action);
  }
  protected override setTime(time: number, offset: number): Promise<void> {
    return this.#do('time', time, offset);
  }
  protected override setLocation(...location: [number, number, number]): Promise<void> {
    return this.#do('location', ...location);
  }
}

/** Everything that INDI's own telescope simulator can do. */
export const everything: TelescopeOptions = {
  sync: true,
  abort: true,
  park: { axes: 'HA_DEC', default: [-6, 90] },
  tracking: true,
  trackModes: ['sidereal', 'solar', 'lunar', 'custom'],
  trackRate: true,
  motion: true,
  slewRates: ['Guide', 'Centering', 'Find', 'Max'],
  guiding: true,
  guideRate: true,
  pierSide: true,
  horizontal: 'goto',
  home: ['find', 'set', 'go'],
  time: true,
  location: true,
};

export async function started(
  scope: Scope,
  options: Parameters<typeof DriverBench.start>[1] = {},
): Promise<DriverBench> {
  const bench = await DriverBench.start(scope, options);
  bench.want('POLLING_PERIOD', { PERIOD_MS: 10 });
  bench.want('CONNECTION', { CONNECT: true });
  await bench.reaches('CONNECTION', 'Ok');
  await bench.has(() => bench.value('EQUATORIAL_EOD_COORD', 'RA') === 1, 'the position');
  return bench;
}
