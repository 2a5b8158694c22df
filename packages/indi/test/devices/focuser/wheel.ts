import {
  type FocusDirection,
  Focuser,
  type FocuserOptions,
  type FocuserReading,
} from '../../../src/index.ts';

/** What can do everything, and writes down what it was told. */
export class Wheel extends Focuser {
  position = 5_000;
  target = 5_000;
  moving = false;
  /** What moving waits for. */
  gate: Promise<void> = Promise.resolve();
  readonly done: unknown[] = [];

  constructor(options: FocuserOptions = { max: 10_000, abort: true, sync: true }) {
    super('Wheel', options);
  }

  protected override async readPosition(): Promise<FocuserReading> {
    if (this.options.kind === 'relative') return { moving: this.moving };
    const way = this.target - this.position;
    this.position += Math.sign(way) * Math.min(Math.abs(way), 500);
    return { position: this.position, moving: this.position !== this.target };
  }

  protected override async moveTo(position: number): Promise<void> {
    this.done.push(['moveTo', position]);
    await this.gate;
    this.target = position;
  }

  protected override async moveBy(direction: FocusDirection, steps: number): Promise<void> {
    this.done.push([direction, steps]);
    this.moving = true;
  }

  protected override async moveFor(direction: FocusDirection, milliseconds: number): Promise<void> {
    this.done.push([direction, milliseconds]);
  }

  protected override async setSpeed(speed: number): Promise<void> {
    this.done.push(['speed', speed]);
  }

  protected override async abort(): Promise<void> {
    this.target = this.position;
    this.done.push(['abort']);
  }

  protected override async sync(position: number): Promise<void> {
    this.position = this.target = position;
  }

  protected override async reverse(on: boolean): Promise<void> {
    this.done.push(['reverse', on]);
  }

  protected override async setBacklash(steps: number): Promise<void> {
    if (steps > 999) throw new Error('The focuser has no gears that bad.');
    this.done.push(['backlash', steps]);
  }
}
