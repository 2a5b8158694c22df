/** A driver made with the kit that hangs when it is told to. */
import { DefaultDevice, runDriver } from '../../src/index.ts';

class Hanging extends DefaultDevice {
  readonly #hang = this.switches('HANG', { rule: 'AtMostOne', members: { NOW: {} } });

  constructor() {
    super('Hanging');
    this.#hang.onNew(() => {
      for (;;);
    });
  }

  override initProperties(): void {
    this.define(this.#hang);
  }
}

await runDriver(new Hanging());
