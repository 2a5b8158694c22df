import type { KeptDownlinkView } from '@fairlead/api';
import type { KeptDownlink } from '@fairlead/gateway';
import { iso, isoMaybe } from '../context.ts';

export function downlinkView(downlink: KeptDownlink): KeptDownlinkView {
  const { id, device, kind, json, state, delivery, key, attempts, code, reason } = downlink;
  return {
    id,
    device,
    kind,
    values: JSON.parse(json),
    state,
    delivery,
    key,
    createdAt: iso(downlink.createdAt),
    expiresAt: iso(downlink.expiresAt),
    writtenAt: isoMaybe(downlink.writtenAt),
    finishedAt: isoMaybe(downlink.finishedAt),
    attempts,
    code,
    reason,
  };
}
