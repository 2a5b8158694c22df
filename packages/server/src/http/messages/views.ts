/** How messages are shown. */
import type { MessageView } from '@fairlead/api';
import { nestsDeeper } from '@fairlead/core';
import type { LoggedMessage } from '@fairlead/store';
import { tcpLimits } from '@fairlead/tcp';
import { iso } from '../context.ts';

export function messageView({ id, device, kind, time, payload, size }: LoggedMessage): MessageView {
  return { id, device, kind, time: iso(time), values: valuesOf(kind, Buffer.from(payload), size), size };
}

/** A message that was kept cut is not JSON any more. One that is not JSON for another reason is shown as text, so that it does not hide the others. */
function valuesOf(kind: LoggedMessage['kind'], payload: Buffer, size: number): unknown {
  if (kind === 'raw') return { hex: payload.toString('hex') };
  const text = payload.toString('utf8');
  if (payload.length < size) return { cut: text };
  if (nestsDeeper(text, tcpLimits.values.jsonDepth)) return { text };
  try {
    return JSON.parse(text);
  } catch {
    return { text };
  }
}
