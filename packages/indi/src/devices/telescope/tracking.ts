import { indiErrors } from '../../catalogue.ts';
import type { TrackMode, TrackRate } from './options.ts';
import { trackSwitch } from './properties.ts';
import type { Scope } from './scope.ts';

interface TrackingHooks {
  readonly track: (on: boolean) => Promise<void>;
  readonly setMode: (mode: TrackMode) => Promise<void>;
  readonly setRate: (rate: TrackRate) => Promise<void>;
}

/**
 * TELESCOPE_TRACK_STATE, TELESCOPE_TRACK_MODE and TELESCOPE_TRACK_RATE. If tracking can be switched off, mode and rate
 * are only stored while it is off or the mount is parked, and sent when tracking starts: many mounts start to track
 * when they get a rate.
 */
export class Tracking {
  readonly #scope: Scope;
  readonly #hooks: TrackingHooks;

  constructor(scope: Scope, hooks: TrackingHooks) {
    this.#scope = scope;
    this.#hooks = hooks;
    const { tracking, trackMode, trackRate } = scope.shows;
    tracking.onNew(({ TRACK_ON }) => this.#switch(TRACK_ON));
    trackMode.onNew(async (values) => {
      const mode = this.#modes.find((other) => values[trackSwitch(other)]);
      if (mode !== undefined && this.#running) await this.#send(mode, this.rate);
    });
    trackRate.onNew(async (values) => {
      const rate = { ra: values.TRACK_RATE_RA, dec: values.TRACK_RATE_DE };
      if (this.#modes.length > 0 && this.mode !== 'custom')
        scope.log.info('These rates apply when the track mode is Custom.');
      else if (this.#running) await this.#changeRate(rate);
    });
  }

  get #modes(): readonly TrackMode[] {
    return this.#scope.options.trackModes ?? [];
  }

  get mode(): TrackMode | undefined {
    return this.#modes.find((mode) => this.#scope.shows.trackMode.get(trackSwitch(mode)));
  }

  get rate(): TrackRate {
    const { TRACK_RATE_RA: ra, TRACK_RATE_DE: dec } = this.#scope.shows.trackRate.values();
    return { ra, dec };
  }

  /** Whether mode and rate are sent to the mount at once. */
  get #running(): boolean {
    const { state, options } = this.#scope;
    if (state === 'parked' || state === 'parking') return false;
    return !options.tracking || state !== 'idle';
  }

  /** Sends a mount that always tracks what was requested while it was parked. */
  async unparked(): Promise<void> {
    if (!this.#scope.options.tracking) await this.#send(this.mode, this.rate);
  }

  /** Sends mode and rate to the mount, and starts tracking. */
  async begin(): Promise<void> {
    await this.#send(this.mode, this.rate);
    await this.#hooks.track(true);
  }

  /** The end of a goto: starts tracking or not, as ON_COORD_SET says, if that can be chosen. */
  async arrived(wanted: boolean): Promise<void> {
    const scope = this.#scope;
    if (!scope.options.tracking || wanted === (scope.state === 'tracking')) return;
    if (wanted) await this.begin();
    else await this.#hooks.track(false);
    scope.state = wanted ? 'tracking' : 'idle';
  }

  /** Shows the tracking state, if the mount reports it. */
  show(): void {
    const { state, shows } = this.#scope;
    const { tracking } = shows;
    if (state === 'slewing' || state === 'parking') return;
    const on = state === 'tracking';
    if (tracking.get('TRACK_ON') !== on)
      tracking.turnOn(on ? 'TRACK_ON' : 'TRACK_OFF').apply(on ? 'Busy' : 'Idle');
  }

  async #switch(on: boolean): Promise<string> {
    const scope = this.#scope;
    scope.refuseIfParked();
    if (on) await this.begin();
    else await this.#hooks.track(false);
    if (scope.state === 'idle' || scope.state === 'tracking') scope.state = on ? 'tracking' : 'idle';
    scope.shows.tracking.turnOn(on ? 'TRACK_ON' : 'TRACK_OFF').apply(on ? 'Busy' : 'Idle');
    return 'shown';
  }

  async #send(mode: TrackMode | undefined, rate: TrackRate): Promise<void> {
    if (mode !== undefined) await this.#hooks.setMode(mode);
    if (this.#scope.options.trackRate && (mode === undefined || mode === 'custom'))
      await this.#hooks.setRate(rate);
  }

  async #changeRate(rate: TrackRate): Promise<void> {
    const { state, name } = this.#scope;
    const before = this.rate;
    if (state === 'tracking' && (before.ra * rate.ra < 0 || before.dec * rate.dec < 0))
      throw indiErrors.error('NOT_SUPPORTED', {
        device: name,
        what: 'turn round while it tracks: switch tracking off first',
      });
    await this.#hooks.setRate(rate);
  }
}
