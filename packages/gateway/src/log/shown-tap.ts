/** What a tap shows: bytes cut where they are long, tokens as asterisks. */
import type { TapEvent, TapObserver } from '../api.ts';
import { gatewayLimits } from '../limits.ts';
import { withoutTokens } from '../token-bytes.ts';
import type { LinkWatch, WatchedLink } from '../watch-port.ts';

const { tapBytes } = gatewayLimits.values;

export function shownTap(observe: TapObserver): LinkWatch {
  const tell = (
    { id, data }: WatchedLink,
    time: number,
    seen: Omit<TapEvent, 'time' | 'link' | 'device'>,
  ): void => observe({ time, link: id, device: data?.device.name, ...seen });
  return {
    received: (link, chunk, time) => tell(link, time, { what: 'received', ...shown(chunk) }),
    sent: (link, piece, time) => tell(link, time, { what: 'sent', ...shown(piece) }),
    frame: (link, payload, time) => tell(link, time, { what: 'frame', ...shown(payload) }),
    message: (link, uplink, at) => {
      const { device, kind, time, payload } = uplink;
      const measured = new Date(time).toISOString();
      const { size, hex } = shown(payload);
      const values =
        kind === 'raw' || payload.length > tapBytes ? undefined : JSON.parse(Buffer.from(payload).toString());
      tell(link, at, {
        what: 'message',
        of: device.name,
        kind,
        measured,
        size,
        ...(values === undefined ? { hex } : { values }),
      });
    },
    refused: (link, { code, message }, bytes, time) =>
      tell(link, time, { what: 'refused', code, reason: message, ...(bytes && shown(bytes)) }),
    closed: (link, { code, message }, time) => tell(link, time, { what: 'closed', code, reason: message }),
  };
}

function shown(bytes: Uint8Array): { size: number; hex: string } {
  return { size: bytes.length, hex: withoutTokens(bytes.subarray(0, tapBytes)).toString('hex') };
}
