import { inWords } from '../../words.ts';
import type { ParkPosition } from './options.ts';
import { ParkData } from './park-data.ts';
import type { Scope } from './scope.ts';

interface ParkingHooks {
  readonly park: (position: ParkPosition | undefined) => Promise<void>;
  readonly unpark: () => Promise<void>;
  readonly abort: () => Promise<void>;
  readonly setPosition: (position: ParkPosition) => Promise<void>;
  readonly currentPosition: () => Promise<ParkPosition>;
}

/**
 * TELESCOPE_PARK, TELESCOPE_PARK_POSITION and TELESCOPE_PARK_OPTION. Whether the mount is parked and its park position
 * are stored across runs: see {@link ParkData}.
 */
export class Parking {
  readonly #scope: Scope;
  readonly #hooks: ParkingHooks;

  constructor(scope: Scope, hooks: ParkingHooks) {
    this.#scope = scope;
    this.#hooks = hooks;
    const { parking, parkPosition, parkOption } = scope.shows;
    parking.onNew(({ PARK }) => (PARK ? this.#park() : this.#unpark()));
    parkPosition.onNew(async (values) => {
      const [first, second] = parkPosition.names.map((name) => values[name] as number) as [number, number];
      await hooks.setPosition([first, second]);
    });
    parkOption.onNew(async (chosen) => {
      if (chosen.PARK_CURRENT) await this.#setPosition(await hooks.currentPosition());
      if (chosen.PARK_DEFAULT && typeof scope.options.park === 'object')
        await this.#setPosition(scope.options.park.default);
      if (chosen.PARK_WRITE_DATA) {
        this.#data.save({ parked: scope.state === 'parked', position: this.position });
        scope.log.info(`Park data saved in ${this.#data.path}.`);
      }
      if (chosen.PARK_PURGE_DATA) {
        this.#data.purge();
        scope.log.info('Park data purged.');
      }
      parkOption.turnOn().apply('Ok');
      return 'shown';
    });
  }

  get #data(): ParkData {
    return new ParkData(this.#scope.name, this.#scope.environment);
  }

  /** The park position; undefined: the mount chooses it. */
  get position(): ParkPosition | undefined {
    const { shows, options } = this.#scope;
    if (typeof options.park !== 'object') return undefined;
    return shows.parkPosition.names.map((name) => shows.parkPosition.get(name)) as [number, number];
  }

  /** The data stored by the last run. */
  async restore(): Promise<void> {
    const scope = this.#scope;
    if (!scope.options.park) return;
    try {
      const kept = this.#data.load();
      if (kept?.position !== undefined && this.position !== undefined) {
        await this.#hooks.setPosition(kept.position);
        this.#show(kept.position);
      }
      if (kept?.parked) scope.state = 'parked';
    } catch (error) {
      scope.log.warn(inWords(error));
    }
    const parked = scope.state === 'parked';
    scope.shows.parking.turnOn(parked ? 'PARK' : 'UNPARK').apply('Ok');
    scope.log.info(parked ? 'The mount is parked.' : 'The mount is not parked.');
  }

  /** Shows whether the mount is parked, as the driver has found. */
  show(): void {
    const { options, state, shows, log } = this.#scope;
    const { parking } = shows;
    if (!options.park || state === 'parking') return;
    const shown = parking.get('PARK');
    if (state === 'parked' && !(shown && parking.state === 'Ok')) {
      parking.turnOn('PARK').apply('Ok');
      log.info('The mount is parked.');
      this.#keep(true);
    } else if (state !== 'parked' && shown) {
      parking.turnOn('UNPARK').apply(parking.state === 'Busy' ? 'Alert' : 'Ok');
      log.info('The mount is not parked.');
      this.#keep(false);
    }
  }

  /** The mount was stopped while it was parking. */
  stopped(): void {
    const { parking } = this.#scope.shows;
    if (parking.state === 'Busy') parking.turnOn('UNPARK').apply('Alert', 'Parking is stopped.');
  }

  async #park(): Promise<string> {
    const scope = this.#scope;
    const { parking } = scope.shows;
    if (scope.state === 'parking' || scope.state === 'parked') {
      parking.turnOn('PARK').apply(scope.state === 'parked' ? 'Ok' : 'Busy');
      return 'shown';
    }
    scope.remember();
    await scope.unlessStopped(() => this.#hooks.park(this.position));
    if (!scope.is('parked')) {
      scope.state = 'parking';
      scope.shows.position.apply('Busy');
      parking.turnOn('PARK').apply('Busy');
    } else this.show();
    return 'shown';
  }

  async #unpark(): Promise<string> {
    const scope = this.#scope;
    const { parking } = scope.shows;
    if (scope.state === 'parking') {
      await this.#hooks.abort();
      return 'shown';
    }
    if (scope.state === 'parked') {
      await this.#hooks.unpark();
      if (scope.is('parked')) scope.state = 'idle';
      this.#keep(false);
      await scope.unparked();
    }
    parking.turnOn('UNPARK').apply('Ok');
    return 'shown';
  }

  async #setPosition(position: ParkPosition): Promise<void> {
    await this.#hooks.setPosition(position);
    this.#show(position);
    this.#scope.log.info('The park position is changed. "Write Data" keeps it for the next run.');
  }

  #show(position: ParkPosition): void {
    const { parkPosition } = this.#scope.shows;
    parkPosition.update(Object.fromEntries(parkPosition.names.map((name, i) => [name, position[i]])));
  }

  #keep(parked: boolean): void {
    try {
      this.#data.save({ parked, position: this.position });
    } catch (error) {
      this.#scope.log.warn(inWords(error));
    }
  }
}
