import { indiErrors } from '../catalogue.ts';
import { DefaultDevice } from '../driver/device.ts';
import { DriverInterface } from '../driver/device-runtime.ts';
import type { AnyProperty, NumberVector } from '../driver/property.ts';
import { parseTimestamp } from '../wire/index.ts';
import { type Site, siteProperty } from './site.ts';
import { type TelescopeProperties, telescopeProperties } from './telescope-properties.ts';

export type TelescopeState = 'idle' | 'slewing' | 'tracking' | 'parking' | 'parked';
export type TrackMode = 'sidereal' | 'solar' | 'lunar';
export type Direction = 'north' | 'south' | 'west' | 'east';

/** Where it looks: hours and degrees, epoch of date. */
export interface Position {
  /** 0 to 24. */
  readonly ra: number;
  /** -90 to 90. */
  readonly dec: number;
}

export interface TelescopeOptions {
  readonly sync?: boolean;
  readonly abort?: boolean;
  readonly park?: boolean;
  readonly tracking?: boolean;
  /** Whether it can be moved by hand in four directions. */
  readonly motion?: boolean;
  readonly time?: boolean;
  readonly location?: boolean;
  /** Names of its slew rates, slowest first. */
  readonly slewRates?: readonly string[];
}

/**
 * A telescope mount. Implement {@link readPosition} and {@link goto}, and what the options say it can do.
 *
 * Properties: ON_COORD_SET, EQUATORIAL_EOD_COORD, TARGET_EOD_COORD; by options TELESCOPE_ABORT_MOTION, TELESCOPE_PARK,
 * TELESCOPE_TRACK_MODE, TELESCOPE_TRACK_STATE, TELESCOPE_MOTION_NS and _WE, TELESCOPE_SLEW_RATE, TIME_UTC,
 * GEOGRAPHIC_COORD. EQUATORIAL_EOD_COORD is Busy while the mount slews, Ok while it tracks, Idle else, and Alert when it
 * cannot be read.
 */
export abstract class Telescope<In = string, Out = In> extends DefaultDevice<In, Out> {
  readonly shows: TelescopeProperties;
  readonly site: Site;
  readonly #options: TelescopeOptions;
  /** What the mount does, as far as the driver knows. Set it in {@link readPosition} where the mount can tell. */
  state: TelescopeState = 'idle';

  constructor(name: string, options: TelescopeOptions) {
    super(name);
    this.driverInterface = DriverInterface.Telescope;
    this.#options = options;
    this.addAuxControls();
    this.shows = telescopeProperties(this, options.slewRates ?? []);
    this.site = siteProperty(this, 'Scope Location');
    this.#handlers();
  }

  // --- what a mount does ------------------------------------------------------------------------------------------

  protected abstract readPosition(): Promise<Position>;
  /** Begins to move. Rejects when the mount refuses. */
  protected abstract goto(target: Position): Promise<void>;
  /** The mount looks there now. */
  protected sync(_position: Position): Promise<void> {
    return this.#cannot('be synchronised');
  }
  protected abort(): Promise<void> {
    return this.#cannot('be stopped');
  }
  protected park(): Promise<void> {
    return this.#cannot('be parked');
  }
  protected unpark(): Promise<void> {
    return this.#cannot('be unparked');
  }
  protected track(_on: boolean): Promise<void> {
    return this.#cannot('track');
  }
  protected setTrackMode(_mode: TrackMode): Promise<void> {
    return this.#cannot('track at that rate');
  }
  /** @param on whether to move or to stop */
  protected move(_direction: Direction, _on: boolean): Promise<void> {
    return this.#cannot('be moved by hand');
  }
  /** @param index into the options' `slewRates` */
  protected setSlewRate(_index: number): Promise<void> {
    return this.#cannot('slew at that rate');
  }
  /** @param time Unix milliseconds; @param offset hours east of UTC */
  protected setTime(_time: number, _offset: number): Promise<void> {
    return this.#cannot('be given the time');
  }
  /** Degrees north, degrees east from 0 to 360, metres. */
  protected setLocation(_latitude: number, _longitude: number, _elevation: number): Promise<void> {
    return this.#cannot('be given its location');
  }

  #cannot(what: string): Promise<never> {
    return Promise.reject(indiErrors.error('NOT_SUPPORTED', { device: this.name, what }));
  }

  // --- hooks of the kit -------------------------------------------------------------------------------------------

  override updateProperties(): void {
    const { shows, site } = this;
    const { abort, park, tracking, motion, time, location, slewRates = [] } = this.#options;
    const when = (wanted: boolean | undefined, ...vectors: AnyProperty[]): AnyProperty[] =>
      wanted ? vectors : [];
    const all = [
      shows.onSet,
      shows.position,
      ...when(abort, shows.abort),
      ...when(tracking, shows.trackMode, shows.tracking),
      ...when(motion, shows.northSouth, shows.westEast),
      ...when(slewRates.length > 0, shows.slewRate),
      shows.target,
      ...when(time, shows.time),
      ...when(location, site),
      ...when(park, shows.parking),
    ];
    if (this.connected) this.define(...all);
    else this.remove(...all);
  }

  override async poll(): Promise<void> {
    const { position } = this.shows;
    try {
      const { ra, dec } = await this.readPosition();
      const state =
        this.state === 'slewing' || this.state === 'parking'
          ? 'Busy'
          : this.state === 'tracking'
            ? 'Ok'
            : 'Idle';
      position.update({ RA: ra, DEC: dec }, state);
      this.#showParking();
    } catch (error) {
      if (position.state !== 'Alert') position.apply('Alert');
      throw error;
    }
  }

  // --- inside -----------------------------------------------------------------------------------------------------

  #handlers(): void {
    const { shows } = this;
    shows.position.onNew(({ RA, DEC }) => this.#point({ ra: RA, dec: DEC }));
    shows.abort.onNew(async () => {
      await this.abort();
      if (this.state === 'slewing' || this.state === 'parking') {
        this.state = 'idle';
        shows.position.apply('Idle');
      }
      shows.northSouth.turnOn().apply('Idle');
      shows.westEast.turnOn().apply('Idle');
      shows.abort.turnOn().apply('Ok');
      this.log.info('Motion is stopped.');
      return 'shown';
    });
    shows.parking.onNew(async ({ PARK }) => {
      if (PARK) {
        await this.park();
        this.state = 'parking';
        return 'Busy';
      }
      await this.unpark();
      this.state = 'idle';
      return 'Ok';
    });
    shows.tracking.onNew(async ({ TRACK_ON }) => {
      this.#refuseIfParked();
      await this.track(TRACK_ON);
      if (this.state === 'idle' || this.state === 'tracking') this.state = TRACK_ON ? 'tracking' : 'idle';
      return TRACK_ON ? 'Busy' : 'Idle';
    });
    shows.trackMode.onNew(({ TRACK_SOLAR, TRACK_LUNAR }) =>
      this.setTrackMode(TRACK_SOLAR ? 'solar' : TRACK_LUNAR ? 'lunar' : 'sidereal'),
    );
    shows.northSouth.onNew((values) =>
      this.#move({ north: values.MOTION_NORTH, south: values.MOTION_SOUTH }),
    );
    shows.westEast.onNew((values) => this.#move({ west: values.MOTION_WEST, east: values.MOTION_EAST }));
    shows.slewRate.onNew(async (values) => {
      await this.setSlewRate(shows.slewRate.names.findIndex((name) => values[name]));
    });
    shows.time.onNew(async ({ UTC, OFFSET }) => {
      const time = parseTimestamp(UTC);
      const offset = Number(OFFSET || Number.NaN);
      if (time === undefined || !(Math.abs(offset) <= 14))
        throw indiErrors.error('INDI_VALUE_INVALID', {
          where: 'TIME_UTC',
          found: `"${UTC}", "${OFFSET}"`.slice(0, 60),
          expected: 'a time such as 2026-11-20T10:05:48 and hours from -14 to 14',
        });
      await this.setTime(time, offset);
    });
    this.site.onNew(({ LAT, LONG, ELEV }) => this.setLocation(LAT, LONG, ELEV));
  }

  /** A client wants it to look elsewhere, or to believe that it does. */
  async #point(wanted: Position): Promise<string> {
    const { shows } = this;
    const { sync } = this.#options;
    this.#refuseIfParked();
    if (shows.onSet.get('SYNC')) {
      if (!sync) return this.#cannot('be synchronised');
      await this.sync(wanted);
      shows.position.update({ RA: wanted.ra, DEC: wanted.dec }, 'Ok');
      return 'shown';
    }
    if (this.state === 'slewing' && this.#options.abort) await this.abort();
    await this.goto(wanted);
    this.state = 'slewing';
    shows.target.update({ RA: wanted.ra, DEC: wanted.dec }, 'Busy');
    shows.position.apply('Busy');
    return 'shown';
  }

  async #move(directions: Partial<Record<Direction, boolean>>): Promise<string> {
    this.#refuseIfParked();
    for (const [direction, on] of Object.entries(directions))
      if (!on) await this.move(direction as Direction, false);
    const begun = Object.keys(directions).find((direction) => directions[direction as Direction]);
    if (begun === undefined) return 'Idle';
    await this.move(begun as Direction, true);
    return 'Busy';
  }

  #refuseIfParked(): void {
    if (this.state === 'parked' || this.state === 'parking')
      throw indiErrors.error('NOT_SUPPORTED', {
        device: this.name,
        what: 'move while it is parked: unpark it first',
      });
  }

  #showParking(): void {
    const { parking, target } = this.shows as { parking: AnyProperty; target: NumberVector };
    if (this.state === 'parked' && parking.state !== 'Ok') parking.turnOn('PARK').apply('Ok');
    if (this.state !== 'slewing' && target.state === 'Busy') target.apply('Ok');
  }
}
