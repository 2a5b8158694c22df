import type { Timer } from '@fairlead/core';
import { indiErrors } from '../../catalogue.ts';
import { DefaultDevice } from '../../driver/device.ts';
import { DriverInterface } from '../../driver/device-runtime.ts';
import type { AnyProperty } from '../../property/property.ts';
import { RequestQueue } from '../request-queue.ts';
import type { FocusDirection, FocuserOptions, FocuserReading } from './options.ts';
import { type FocuserProperties, focuserProperties } from './properties.ts';

/**
 * A focuser. Implement the methods of its kind ({@link FocuserOptions.kind}) and of its options.
 *
 * Properties: FOCUS_MOTION (the direction of relative and timed moves). By kind: REL_FOCUS_POSITION and
 * ABS_FOCUS_POSITION, FOCUS_MAX, Presets, Goto; or REL_FOCUS_POSITION; or FOCUS_TIMER. The others depend on the
 * options, see docs/drivers.md. The property that started a motion is Busy until the focuser stops.
 */
export abstract class Focuser<In = string, Out = In> extends DefaultDevice<In, Out> {
  readonly shows: FocuserProperties;
  readonly options: FocuserOptions;
  readonly #turns: RequestQueue;
  #timer: Timer | undefined;

  constructor(name: string, options: FocuserOptions = {}) {
    super(name);
    this.driverInterface = DriverInterface.Focuser;
    this.options = options;
    this.addAuxControls();
    this.shows = focuserProperties(this, options);
    this.#handlers();
    const vectors: AnyProperty[] = Object.values(this.shows);
    this.#turns = new RequestQueue(
      name,
      vectors.filter((vector) => vector !== this.shows.abort),
    );
  }

  // --- what a focuser does ----------------------------------------------------------------------------------------

  /** Called at each poll, except for timed focusers. */
  protected readPosition(): Promise<FocuserReading> {
    return this.#cannot('report its position');
  }
  /** Starts to move. @param position steps, from 0 to the maximum */
  protected moveTo(_position: number): Promise<void> {
    return this.#cannot('move to a position');
  }
  /** Starts to move from the present position. */
  protected moveBy(_direction: FocusDirection, _steps: number): Promise<void> {
    return this.#cannot('move by steps');
  }
  /** Starts to move, and stops by itself after that time. */
  protected moveFor(_direction: FocusDirection, _milliseconds: number): Promise<void> {
    return this.#cannot('move for a time');
  }
  /** @param speed 1 to the `speeds` of the options */
  protected setSpeed(_speed: number): Promise<void> {
    return this.#cannot('move at that speed');
  }
  protected abort(): Promise<void> {
    return this.#cannot('be stopped');
  }
  protected sync(_position: number): Promise<void> {
    return this.#cannot('be synchronised');
  }
  protected reverse(_on: boolean): Promise<void> {
    return this.#cannot('be reversed');
  }
  /** @param steps 0: none */
  protected setBacklash(_steps: number): Promise<void> {
    return this.#cannot('compensate backlash');
  }

  #cannot(what: string): Promise<never> {
    return Promise.reject(indiErrors.error('NOT_SUPPORTED', { device: this.name, what }));
  }

  // --- hooks of the kit -------------------------------------------------------------------------------------------

  override updateProperties(): void {
    const { shows, options } = this;
    const { kind = 'absolute', speeds = 1, abort, sync, reverse, backlash } = options;
    const when = (wanted: unknown, ...vectors: AnyProperty[]): AnyProperty[] => (wanted ? vectors : []);
    const absolute = kind === 'absolute';
    const all = [
      shows.direction,
      ...when(speeds > 1, shows.speed),
      ...when(kind === 'timed', shows.timer),
      ...when(kind !== 'timed', shows.relative),
      ...when(absolute, shows.absolute, shows.largest),
      ...when(abort, shows.abort),
      ...when(sync, shows.sync),
      ...when(reverse, shows.reverse),
      ...when(backlash, shows.backlash, shows.backlashSteps),
      ...when(absolute, shows.presets, shows.presetGoto),
    ];
    if (this.connected) {
      this.define(...all);
      return;
    }
    this.clock.clear(this.#timer);
    this.remove(...all);
  }

  override async poll(): Promise<void> {
    const { absolute, relative } = this.shows;
    const { kind = 'absolute' } = this.options;
    if (kind === 'timed') return;
    const main: AnyProperty = kind === 'absolute' ? absolute : relative;
    try {
      const { position, moving } = await this.readPosition();
      if (kind === 'absolute' && position !== undefined) absolute.set({ FOCUS_ABSOLUTE_POSITION: position });
      if (kind === 'absolute') absolute.apply(moving ? 'Busy' : 'Ok');
      if (!moving && relative.state === 'Busy') relative.apply('Ok');
      if (!moving && main.state === 'Alert') main.apply('Ok');
    } catch (error) {
      if (main.state !== 'Alert') main.apply('Alert');
      throw error;
    }
  }

  // --- inside -----------------------------------------------------------------------------------------------------

  #handlers(): void {
    const { shows } = this;
    const { absolute, relative, largest, backlash, backlashSteps, sync, presets, presetGoto } = shows;
    absolute.onNew(({ FOCUS_ABSOLUTE_POSITION: position }) => this.#goto(position));
    relative.onNew(({ FOCUS_RELATIVE_POSITION: steps }) => this.#step(steps));
    shows.timer.onNew(({ FOCUS_TIMER_VALUE: time }) => this.#run(time));
    shows.speed.onNew(({ FOCUS_SPEED_VALUE: speed }) => this.setSpeed(speed));
    largest.onNew(({ FOCUS_MAX_VALUE: max }) => {
      absolute.setRange('FOCUS_ABSOLUTE_POSITION', { max }).apply();
      relative.setRange('FOCUS_RELATIVE_POSITION', { max }).apply();
      sync.setRange('FOCUS_SYNC_VALUE', { max }).apply();
      for (const preset of presets.names) presets.setRange(preset, { max });
      presets.apply();
    });
    shows.abort.onNew(async () => {
      this.#turns.stop();
      await this.abort();
      this.clock.clear(this.#timer);
      for (const vector of [absolute, relative, shows.timer] as AnyProperty[])
        if (vector.state === 'Busy') vector.apply('Idle');
      shows.abort.turnOn().apply('Ok');
      return 'shown';
    });
    sync.onNew(({ FOCUS_SYNC_VALUE }) => this.sync(FOCUS_SYNC_VALUE));
    shows.reverse.onNew(({ INDI_ENABLED }) => this.reverse(INDI_ENABLED));
    backlash.onNew(({ INDI_ENABLED }) =>
      this.setBacklash(INDI_ENABLED ? backlashSteps.get('FOCUS_BACKLASH_VALUE') : 0),
    );
    backlashSteps.onNew(async ({ FOCUS_BACKLASH_VALUE: steps }) => {
      if (backlash.get('INDI_ENABLED')) await this.setBacklash(steps);
      else if (steps > 0) this.log.info('These steps apply when Backlash is enabled.');
    });
    presetGoto.onNew(async (chosen) => {
      const index = presetGoto.names.findIndex((name) => chosen[name]);
      const preset = presets.names[index];
      if (preset !== undefined) await this.#goto(presets.get(preset));
    });
  }

  get #direction(): FocusDirection {
    return this.shows.direction.get('FOCUS_INWARD') ? 'inward' : 'outward';
  }

  #go(go: () => Promise<void>): Promise<void> {
    return this.#turns.unlessStopped(go, () => this.abort());
  }

  /** The position is updated at the next reading. Until then the property is Busy. */
  async #goto(position: number): Promise<string> {
    const max = this.shows.largest.get('FOCUS_MAX_VALUE');
    if (position < 0 || position > max)
      throw indiErrors.error('INDI_VALUE_INVALID', {
        where: 'The position',
        found: String(position),
        expected: `from 0 to ${max}`,
      });
    await this.#go(() => this.moveTo(Math.round(position)));
    this.shows.absolute.apply('Busy');
    return 'shown';
  }

  async #step(steps: number): Promise<string> {
    const { absolute, relative } = this.shows;
    const inward = this.#direction === 'inward';
    const { kind = 'absolute' } = this.options;
    if (kind === 'relative') await this.#go(() => this.moveBy(this.#direction, Math.round(steps)));
    else await this.#goto(absolute.get('FOCUS_ABSOLUTE_POSITION') + (inward ? -steps : steps));
    relative.update({ FOCUS_RELATIVE_POSITION: steps }, 'Busy');
    return 'shown';
  }

  async #run(milliseconds: number): Promise<string> {
    const { timer } = this.shows;
    this.clock.clear(this.#timer);
    await this.#go(() => this.moveFor(this.#direction, milliseconds));
    timer.update({ FOCUS_TIMER_VALUE: milliseconds }, 'Busy');
    this.#timer = this.clock.after(milliseconds, () => timer.apply('Ok'));
    return 'shown';
  }
}
