/** How links are shown. */
import type { LinkView } from '@fairlead/api';
import type { LinkInfo } from '@fairlead/gateway';
import { iso, isoMaybe } from '../context.ts';

export function linkView(link: LinkInfo): LinkView {
  return {
    ...link,
    openedAt: iso(link.openedAt),
    closedAt: isoMaybe(link.closedAt),
    lastReceivedAt: isoMaybe(link.lastReceivedAt),
    refusals: { ...link.refusals },
    refusedFrames: link.refusedFrames.map((frame) => ({ ...frame, time: iso(frame.time) })),
  };
}
