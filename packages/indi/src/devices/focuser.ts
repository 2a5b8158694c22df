import { indiErrors } from '../catalogue.ts';
import { DefaultDevice } from '../driver/device.ts';
import { DriverInterface } from '../driver/device-runtime.ts';
import type { AnyProperty, NumberVector, SwitchVector } from '../driver/property.ts';

export interface FocuserOptions {
  /** Largest position, in steps. Default 100,000. */
  readonly max?: number;
  readonly abort?: boolean;
  /** Whether the present position can be given another number. */
  readonly sync?: boolean;
}

export interface FocuserReading {
  /** Steps. */
  readonly position: number;
  readonly moving: boolean;
}

/**
 * A focuser that knows its position. Implement {@link readPosition} and {@link moveTo}, and what the options say it can do.
 *
 * Properties: FOCUS_MOTION (the direction of relative moves), REL_FOCUS_POSITION, ABS_FOCUS_POSITION, FOCUS_MAX; by options
 * FOCUS_ABORT_MOTION, FOCUS_SYNC. The positions are Busy while it moves.
 */
export abstract class Focuser<In = string, Out = In> extends DefaultDevice<In, Out> {
  readonly direction: SwitchVector<'FOCUS_INWARD' | 'FOCUS_OUTWARD'>;
  readonly relative: NumberVector<'FOCUS_RELATIVE_POSITION'>;
  readonly absolute: NumberVector<'FOCUS_ABSOLUTE_POSITION'>;
  readonly largest: NumberVector<'FOCUS_MAX_VALUE'>;
  readonly aborting: SwitchVector<'ABORT'>;
  readonly syncs: NumberVector<'FOCUS_SYNC_VALUE'>;
  readonly #options: FocuserOptions;

  constructor(name: string, options: FocuserOptions = {}) {
    super(name);
    this.driverInterface = DriverInterface.Focuser;
    this.#options = options;
    this.addAuxControls();
    const max = options.max ?? 100_000;
    const steps = { label: 'Steps', format: '%.f', min: 0, max, step: Math.max(1, max / 100) };
    this.direction = this.switches('FOCUS_MOTION', {
      label: 'Direction',
      members: { FOCUS_INWARD: { label: 'Focus In', value: true }, FOCUS_OUTWARD: { label: 'Focus Out' } },
    });
    this.relative = this.numbers('REL_FOCUS_POSITION', {
      label: 'Relative Position',
      members: { FOCUS_RELATIVE_POSITION: steps },
    });
    this.absolute = this.numbers('ABS_FOCUS_POSITION', {
      label: 'Absolute Position',
      members: { FOCUS_ABSOLUTE_POSITION: steps },
    });
    this.largest = this.numbers('FOCUS_MAX', {
      label: 'Max. Position',
      persistent: true,
      members: { FOCUS_MAX_VALUE: { ...steps, min: 1, max, value: max } },
    });
    this.aborting = this.switches('FOCUS_ABORT_MOTION', {
      label: 'Abort Motion',
      rule: 'AtMostOne',
      members: { ABORT: { label: 'Abort' } },
    });
    this.syncs = this.numbers('FOCUS_SYNC', { label: 'Sync', members: { FOCUS_SYNC_VALUE: steps } });
    this.#handlers();
  }

  protected abstract readPosition(): Promise<FocuserReading>;
  /** Begins to move. @param position steps, from 0 to the largest */
  protected abstract moveTo(position: number): Promise<void>;
  protected abort(): Promise<void> {
    return this.#cannot('be stopped');
  }
  protected sync(_position: number): Promise<void> {
    return this.#cannot('be synchronised');
  }

  #cannot(what: string): Promise<never> {
    return Promise.reject(indiErrors.error('NOT_SUPPORTED', { device: this.name, what }));
  }

  override updateProperties(): void {
    const { abort, sync } = this.#options;
    const all: AnyProperty[] = [this.direction, this.relative, this.absolute, this.largest];
    if (abort) all.push(this.aborting);
    if (sync) all.push(this.syncs);
    if (this.connected) this.define(...all);
    else this.remove(...all);
  }

  override async poll(): Promise<void> {
    const { absolute, relative } = this;
    try {
      const { position, moving } = await this.readPosition();
      absolute.update({ FOCUS_ABSOLUTE_POSITION: position }, moving ? 'Busy' : 'Ok');
      if (!moving && relative.state === 'Busy') relative.apply('Ok');
    } catch (error) {
      if (absolute.state !== 'Alert') absolute.apply('Alert');
      throw error;
    }
  }

  #handlers(): void {
    const { absolute, relative, direction } = this;
    absolute.onNew(({ FOCUS_ABSOLUTE_POSITION: position }) => this.#move(absolute, position));
    relative.onNew(({ FOCUS_RELATIVE_POSITION: steps }) => {
      const inward = direction.get('FOCUS_INWARD');
      relative.set({ FOCUS_RELATIVE_POSITION: steps });
      return this.#move(relative, absolute.get('FOCUS_ABSOLUTE_POSITION') + (inward ? -steps : steps));
    });
    this.largest.onNew(({ FOCUS_MAX_VALUE: max }) => {
      absolute.setRange('FOCUS_ABSOLUTE_POSITION', { max }).apply();
      relative.setRange('FOCUS_RELATIVE_POSITION', { max }).apply();
    });
    this.aborting.onNew(async () => {
      await this.abort();
      if (relative.state === 'Busy') relative.apply('Idle');
      this.aborting.turnOn().apply('Ok');
      return 'shown';
    });
    this.syncs.onNew(({ FOCUS_SYNC_VALUE }) => this.sync(FOCUS_SYNC_VALUE));
  }

  /** The position follows as it is read; until then the property says that it is on its way. */
  async #move(property: AnyProperty, position: number): Promise<string> {
    const max = this.largest.get('FOCUS_MAX_VALUE');
    if (position < 0 || position > max)
      throw indiErrors.error('INDI_VALUE_INVALID', {
        where: 'The position',
        found: String(position),
        expected: `from 0 to ${max}`,
      });
    await this.moveTo(position);
    property.apply('Busy');
    return 'shown';
  }
}
