import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Link, raw, systemClock, type Transport, type TransportEvents, tcpErrors } from '../../src/index.ts';

/** A transport whose writes fail before anybody hears why it ended, as a socket's do when the peer has reset it. */
class FailingTransport implements Transport {
  readonly remote = 'there:1';
  readonly local = 'here:1';
  readonly writableLength = 0;
  events: TransportEvents | undefined;

  start(events: TransportEvents): void {
    this.events = events;
  }

  write(_pieces: readonly Uint8Array[], done?: (written: boolean) => void): boolean {
    if (done !== undefined) queueMicrotask(() => done(false));
    return true;
  }

  pause(): void {}
  resume(): void {}
  end(): void {}
  destroy(): void {}
}

it('rejects written() with the cause although the write fails before the cause is known', async () => {
  const transport = new FailingTransport();
  const owner = { frames() {}, closed() {} };
  const settings = { clock: systemClock, writeBuffer: 1_000, closeGrace: 0 };
  const link = new Link(transport, raw(), owner, settings);
  link.send('x');
  const rejected = assert.rejects(link.written(), { code: 'PEER_RESET' });
  await new Promise(setImmediate);
  transport.events?.onClosed(tcpErrors.error('PEER_RESET'));
  await rejected;
});
