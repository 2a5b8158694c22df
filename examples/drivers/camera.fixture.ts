/* For indiserver.test.ts: a camera of which only the BLOBs matter. */
import { blobValue, DefaultDevice, runDriver } from '@fairlead/indi';

class Camera extends DefaultDevice {
  readonly shoot = this.switches('SHOOT', { rule: 'AtMostOne', members: { NOW: {} } });
  readonly image = this.blobs('IMAGE', { perm: 'ro', members: { PIXELS: {} } });
  readonly upload = this.blobs('UPLOAD', { members: { FILE: {} } });

  constructor() {
    super('Camera');
    this.shoot.onNew(() => {
      this.image.update({ PIXELS: blobValue(Buffer.from('pixels'.repeat(5_000)), '.raw') });
      this.shoot.turnOn().apply('Ok');
      return 'shown';
    });
  }

  override initProperties(): void {
    this.define(this.shoot, this.image, this.upload);
  }
}

if (import.meta.main) await runDriver(new Camera());
