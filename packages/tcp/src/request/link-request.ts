import { Pending } from './pending.ts';

/** A request of a link that waits for its reply, or for its turn. */
export class LinkRequest<In> extends Pending<In> {
  /** Undefined once it is sent. */
  message: unknown;
  key: unknown;
  /** Monotonic milliseconds. */
  sentAt = 0;
  /** Set for a probe: whether a frame is the reply. */
  expect: ((frame: In) => boolean) | undefined;

  protected override settle(): void {
    super.settle();
    this.message = undefined;
  }
}
