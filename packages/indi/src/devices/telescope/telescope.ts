import { indiErrors } from '../../catalogue.ts';
import { DefaultDevice } from '../../driver/device.ts';
import { DriverInterface } from '../../driver/device-runtime.ts';
import type { AnyProperty } from '../../property/property.ts';
import { formatTimestamp, parseTimestamp } from '../../wire/index.ts';
import { inWords } from '../../words.ts';
import { RequestQueue } from '../request-queue.ts';
import { type Site, siteProperty } from '../site.ts';
import { Guiding } from './guiding.ts';
import { Motion } from './motion.ts';
import type {
  Direction,
  HomeAction,
  HorizontalPosition,
  MountReading,
  ParkPosition,
  Position,
  TelescopeOptions,
  TelescopeState,
  TrackMode,
  TrackRate,
} from './options.ts';
import { Parking } from './parking.ts';
import { type TelescopeProperties, telescopeProperties } from './properties.ts';
import type { Scope } from './scope.ts';
import { hourAngle } from './sky.ts';
import { Tracking } from './tracking.ts';

/**
 * A telescope mount. Implement {@link readPosition} and {@link goto}, and the methods of its options.
 *
 * Properties: TELESCOPE_INFO, ON_COORD_SET, EQUATORIAL_EOD_COORD, TARGET_EOD_COORD; the others depend on the options,
 * see docs/drivers.md. EQUATORIAL_EOD_COORD is Busy while the mount slews, Ok while it tracks, otherwise Idle, and
 * Alert when it cannot be read.
 */
export abstract class Telescope<In = string, Out = In> extends DefaultDevice<In, Out> implements Scope {
  readonly shows: TelescopeProperties;
  readonly site: Site;
  readonly options: TelescopeOptions;
  /** The state of the mount, as far as the driver knows. Set it in {@link readPosition} if the mount reports it. */
  state: TelescopeState = 'idle';
  readonly #parking: Parking;
  readonly #tracking: Tracking;
  readonly #motion: Motion;
  readonly #guiding: Guiding;
  readonly #turns: RequestQueue;
  /** The state before the slew: it is restored when the slew is stopped. */
  #before: TelescopeState = 'idle';
  /** The target of the slew, until it is reached. */
  #sent: { readonly track: boolean } | undefined;

  constructor(name: string, options: TelescopeOptions) {
    super(name);
    const { guiding } = options;
    this.driverInterface = DriverInterface.Telescope | (guiding ? DriverInterface.Guider : 0);
    this.options = options;
    this.addAuxControls();
    this.shows = telescopeProperties(this, options);
    this.site = siteProperty(this, 'Scope Location', 'tenths');
    this.#parking = new Parking(this, {
      park: (position) => this.park(position),
      unpark: () => this.unpark(),
      abort: () => this.#stop(),
      setPosition: (position) => this.setParkPosition(position),
      currentPosition: () => this.currentParkPosition(),
    });
    this.#tracking = new Tracking(this, {
      track: (on) => this.track(on),
      setMode: (mode) => this.setTrackMode(mode),
      setRate: (rate) => this.setTrackRate(rate),
    });
    this.#motion = new Motion(this, {
      move: (direction, on) => this.move(direction, on),
      setSlewRate: (index) => this.setSlewRate(index),
    });
    this.#guiding = new Guiding(this, {
      guide: (direction, milliseconds) => this.guide(direction, milliseconds),
      setGuideRate: (westEast, northSouth) => this.setGuideRate(westEast, northSouth),
    });
    this.#handlers();
    const vectors = [...Object.values(this.shows), this.site];
    this.#turns = new RequestQueue(
      name,
      vectors.filter((vector) => vector !== this.shows.abort),
    );
  }

  // --- what a mount does ------------------------------------------------------------------------------------------

  /** Called at each poll. */
  protected abstract readPosition(): Promise<MountReading>;
  /** Starts to move. Rejects when the mount refuses. */
  protected abstract goto(target: Position): Promise<void>;
  protected gotoHorizontal(_target: HorizontalPosition): Promise<void> {
    return this.#cannot('be sent to an azimuth');
  }
  /** Tells the mount that it points at these coordinates now. */
  protected sync(_position: Position): Promise<void> {
    return this.#cannot('be synchronised');
  }
  protected abort(): Promise<void> {
    return this.#cannot('be stopped');
  }
  /**
   * Starts to park. {@link readPosition} sets the state `parked` when it is parked. @param position in the axes of the
   * options, if they are set
   */
  protected park(_position: ParkPosition | undefined): Promise<void> {
    return this.#cannot('be parked');
  }
  protected unpark(): Promise<void> {
    return this.#cannot('be unparked');
  }
  /** Sets the park position. Override it if the mount itself must know it. */
  protected async setParkPosition(_position: ParkPosition): Promise<void> {}
  /** The present position in the axes of the park position. Override it if the mount reports it more exactly. */
  protected async currentParkPosition(): Promise<ParkPosition> {
    const { park, horizontal } = this.options;
    const axes = typeof park === 'object' ? park.axes : undefined;
    const { RA, DEC } = this.shows.position.values();
    if (axes === 'RA_DEC') return [RA, DEC];
    const { LAT, LONG } = this.site.values();
    if (axes === 'HA_DEC' && (LAT !== 0 || LONG !== 0)) return [hourAngle(RA, this.now(), LONG), DEC];
    const { AZ, ALT } = this.shows.horizontal.values();
    if (axes === 'AZ_ALT' && horizontal !== undefined) return [AZ, ALT];
    return this.#cannot('report its position in these coordinates: set its location first');
  }
  protected track(_on: boolean): Promise<void> {
    return this.#cannot('track');
  }
  protected setTrackMode(_mode: TrackMode): Promise<void> {
    return this.#cannot('track at that rate');
  }
  protected setTrackRate(_rate: TrackRate): Promise<void> {
    return this.#cannot('track at custom rates');
  }
  /** @param on whether to move or to stop */
  protected move(_direction: Direction, _on: boolean): Promise<void> {
    return this.#cannot('be moved manually');
  }
  /** @param index into `slewRates` of the options */
  protected setSlewRate(_index: number): Promise<void> {
    return this.#cannot('slew at that rate');
  }
  /** Starts a pulse, which the mount ends by itself. Resolves when the command was sent. */
  protected guide(_direction: Direction, _milliseconds: number): Promise<void> {
    return this.#cannot('be guided');
  }
  /** Fractions of the sidereal rate, 0 to 1. */
  protected setGuideRate(_westEast: number, _northSouth: number): Promise<void> {
    return this.#cannot('be guided at that rate');
  }
  /** Searches for its home position, goes to it, or sets the present position as home. */
  protected home(_action: HomeAction): Promise<void> {
    return this.#cannot('do that with its home position');
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

  /** Shows the time of the mount. @param time Unix milliseconds; @param offset hours east of UTC */
  showTime(time: number, offset: number): void {
    this.shows.time.update({ UTC: formatTimestamp(time), OFFSET: offset.toFixed(2) });
  }

  // --- hooks of the kit -------------------------------------------------------------------------------------------

  override initProperties(): void {
    this.define(this.shows.info);
  }

  override async updateProperties(): Promise<void> {
    const all = this.#offered();
    if (this.connected) {
      this.define(...all);
      await this.#parking.restore();
      return;
    }
    this.#guiding.stopped();
    this.#motion.stopped();
    this.#sent = undefined;
    this.state = 'idle';
    this.remove(...all);
  }

  override async poll(): Promise<void> {
    const { position, horizontal, pierSide } = this.shows;
    try {
      const { ra, dec, azimuth, altitude, pierSide: side } = await this.readPosition();
      if (this.#sent !== undefined && this.state !== 'slewing') await this.#arrived(this.#sent.track);
      position.update({ RA: ra, DEC: dec }, this.#positionState);
      if (azimuth !== undefined && altitude !== undefined)
        horizontal.update({ AZ: azimuth, ALT: altitude }, this.#positionState);
      const shown = side && (side === 'west' ? 'PIER_WEST' : 'PIER_EAST');
      if (this.options.pierSide && (pierSide.on !== shown || pierSide.state !== 'Ok'))
        pierSide.turnOn(shown).apply('Ok');
      this.#parking.show();
      this.#tracking.show();
    } catch (error) {
      if (position.state !== 'Alert') position.apply('Alert');
      throw error;
    }
  }

  // --- what its parts share ---------------------------------------------------------------------------------------

  is(state: TelescopeState): boolean {
    return this.state === state;
  }

  /** Whether it is moved manually. */
  get moving(): boolean {
    return this.#motion.moving;
  }

  /** It is about to slew. */
  remember(): void {
    if (this.state !== 'slewing' && this.state !== 'parking') this.#before = this.state;
  }

  /**
   * Starts a motion, unless a client has stopped everything since the request: see {@link RequestQueue.unlessStopped}.
   */
  unlessStopped(go: () => Promise<void>): Promise<void> {
    return this.#turns.unlessStopped(go, () => this.abort());
  }

  /** Motion is possible again. */
  unparked(): Promise<void> {
    return this.#tracking.unparked();
  }

  /** Throws `NOT_SUPPORTED` while it is parked or parking. */
  refuseIfParked(): void {
    if (this.state === 'parked' || this.state === 'parking')
      throw indiErrors.error('NOT_SUPPORTED', {
        device: this.name,
        what: 'move while it is parked: unpark it first',
      });
  }

  // --- inside -----------------------------------------------------------------------------------------------------

  /** The properties of its capabilities, in the order of INDI's own mounts. */
  #offered(): AnyProperty[] {
    const { shows, site, options } = this;
    const { abort, park, motion, slewRates = [], trackModes = [], home = [] } = options;
    const when = (wanted: unknown, ...vectors: AnyProperty[]): AnyProperty[] => (wanted ? vectors : []);
    return [
      shows.onSet,
      shows.position,
      ...when(options.horizontal, shows.horizontal),
      ...when(abort, shows.abort),
      ...when(trackModes.length > 0, shows.trackMode),
      ...when(options.tracking, shows.tracking),
      ...when(options.trackRate, shows.trackRate),
      ...when(motion, shows.northSouth, shows.westEast, shows.reverse),
      ...when(slewRates.length > 0, shows.slewRate),
      shows.target,
      ...when(options.time, shows.time),
      ...when(options.location, site),
      ...when(park, shows.parking),
      ...when(typeof park === 'object', shows.parkPosition, shows.parkOption),
      ...when(home.length > 0, shows.home),
      ...when(options.pierSide, shows.pierSide),
      ...when(options.guiding, shows.guideNS, shows.guideWE),
      ...when(options.guideRate, shows.guideRate),
    ];
  }

  #handlers(): void {
    const { shows } = this;
    shows.position.onNew(({ RA, DEC }) => this.#point({ ra: RA, dec: DEC }));
    shows.horizontal.onNew(async ({ AZ, ALT }) => {
      await this.#send(() => this.gotoHorizontal({ azimuth: AZ, altitude: ALT }));
      shows.horizontal.apply('Busy');
      return 'shown';
    });
    shows.abort.onNew(async () => {
      await this.#stop();
      shows.abort.turnOn().apply('Ok');
      return 'shown';
    });
    shows.home.onNew((values) => this.#home(shows.home.names.find((name) => values[name])));
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

  /** A client requests a slew, or a sync to these coordinates. */
  async #point(wanted: Position): Promise<string> {
    const { shows } = this;
    if (shows.onSet.on === 'SYNC') {
      this.refuseIfParked();
      await this.sync(wanted);
      shows.position.update({ RA: wanted.ra, DEC: wanted.dec }, 'Ok');
      return 'shown';
    }
    await this.#send(() => this.goto(wanted));
    shows.target.update({ RA: wanted.ra, DEC: wanted.dec }, 'Busy');
    return 'shown';
  }

  /** Starts a slew, also during another one. */
  async #send(go: () => Promise<void>): Promise<void> {
    this.refuseIfParked();
    const track = this.shows.onSet.on === 'TRACK';
    if (this.state === 'slewing' && this.options.abort) await this.abort();
    this.remember();
    await this.unlessStopped(go);
    this.state = 'slewing';
    this.#sent = { track };
    this.shows.position.apply('Busy');
  }

  async #arrived(track: boolean): Promise<void> {
    const { target, home } = this.shows;
    this.#sent = undefined;
    if (target.state === 'Busy') target.apply('Ok');
    if (home.state === 'Busy') home.turnOn().apply('Ok');
    if (this.state === 'parking' || this.state === 'parked') return;
    await this.#tracking.arrived(track).catch((error: unknown) => this.log.error(inWords(error)));
  }

  async #home(chosen: string | undefined): Promise<string> {
    const { home } = this.shows;
    if (chosen === undefined) {
      if (home.state === 'Busy') await this.#stop();
      return 'Idle';
    }
    const action = chosen.toLowerCase() as HomeAction;
    if (action === 'set') {
      await this.home(action);
      home.turnOn().apply('Ok');
    } else {
      await this.#send(() => this.home(action));
      this.#sent = { track: false };
      home.turnOn(chosen).apply('Busy');
    }
    return 'shown';
  }

  /** Stops every motion. The state before it, tracking or idle, is restored. */
  async #stop(): Promise<void> {
    const { position, target, home } = this.shows;
    this.#turns.stop();
    await this.abort();
    if (this.state === 'slewing' || this.state === 'parking') {
      this.#sent = undefined;
      this.state = this.#before;
      position.apply(this.#positionState);
    }
    this.#parking.stopped();
    this.#motion.stopped();
    this.#guiding.stopped();
    if (target.state === 'Busy') target.apply('Idle');
    if (home.state === 'Busy') home.turnOn().apply('Idle');
    this.log.info('Motion is stopped.');
  }

  get #positionState(): 'Busy' | 'Ok' | 'Idle' {
    const { state } = this;
    return state === 'slewing' || state === 'parking' ? 'Busy' : state === 'tracking' ? 'Ok' : 'Idle';
  }
}
