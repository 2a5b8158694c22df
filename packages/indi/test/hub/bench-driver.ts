/** A driver made with the kit that shows one property of each kind: what a client uploads comes back as its picture. */
import { DefaultDevice, runDriver } from '../../src/index.ts';

class Bench extends DefaultDevice {
  readonly #number = this.numbers('NUMBER', { members: { VALUE: { min: 0, max: 100, value: 1 } } });
  readonly #text = this.texts('TEXT', { members: { WORDS: {} } });
  readonly #lamp = this.switches('LAMP', { members: { ON: {}, OFF: { value: true } } });
  readonly #light = this.lights('LIGHT', { members: { SHINES: {} } });
  readonly #upload = this.blobs('UPLOAD', { members: { FILE: {} } });
  readonly #picture = this.blobs('PICTURE', { perm: 'ro', members: { IMAGE: {} } });

  constructor() {
    super('Bench');
    this.#lamp.onNew(({ ON }) => {
      this.#light.update({ SHINES: ON ? 'Ok' : 'Idle' }, 'Ok');
      this.log.info(ON ? 'Let there be light & warmth.' : 'Good night.');
    });
    this.#upload.onNew(({ FILE }) => {
      this.#picture.update({ IMAGE: FILE }, 'Ok');
    });
  }

  override updateProperties(): void {
    const all = [this.#number, this.#text, this.#lamp, this.#light, this.#upload, this.#picture];
    if (this.connected) this.define(...all);
    else this.remove(...all);
  }
}

await runDriver(new Bench());
