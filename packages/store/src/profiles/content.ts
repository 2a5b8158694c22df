import { checkSource, type Fail, type Fields } from '../check.ts';
import { storeLimits } from '../limits.ts';
import type { ProfileContent } from '../types.ts';

const HEX = /^(?:[0-9a-fA-F]{2})*$/;

export const CONTENT_FIELDS = ['framing', 'uplink', 'downlink', 'authReply', 'heartbeatEcho', 'ack'] as const;

/** The fields of a profile that are set. Empty text counts as absent. */
export function checkContent(fields: Fields, fail: Fail): ProfileContent {
  const { framing, script } = storeLimits.values;
  const echo = fields.heartbeatEcho ?? undefined;
  if (echo !== undefined && typeof echo !== 'boolean')
    throw fail('heartbeatEcho', 'true or false is expected');
  return {
    framing: checkSource(fields, 'framing', framing, fail) || undefined,
    uplink: checkSource(fields, 'uplink', script, fail) || undefined,
    downlink: checkSource(fields, 'downlink', script, fail) || undefined,
    authReply: checkHex(fields, 'authReply', fail),
    heartbeatEcho: echo || undefined,
    ack: checkHex(fields, 'ack', fail),
  };
}

function checkHex(fields: Fields, field: string, fail: Fail): string | undefined {
  const text = checkSource(fields, field, 2 * storeLimits.values.reply, fail) || undefined;
  if (text !== undefined && !HEX.test(text))
    throw fail(field, 'hexadecimal digits, two a byte, are expected');
  return text?.toLowerCase();
}
