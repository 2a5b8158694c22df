/** A driver made with the kit: a camera whose picture is larger than any buffer on its way. `NOW` shoots. */
import { blobValue, DefaultDevice, runDriver } from '../../src/index.ts';

class Camera extends DefaultDevice {
  readonly picture = this.blobs('PICTURE', { perm: 'ro', members: { IMAGE: {} } });
  readonly shoot = this.switches('SHOOT', { rule: 'AtMostOne', members: { NOW: {} } });

  constructor() {
    super('Camera');
    this.shoot.onNew(() => {
      this.picture.update({ IMAGE: blobValue(Buffer.from('pixels'.repeat(200_000)), '.raw') });
      this.shoot.turnOn().apply('Ok');
      return 'shown';
    });
  }

  override initProperties(): void {
    this.define(this.picture, this.shoot);
  }
}

await runDriver(new Camera());
