// Tags in a report.

import { hex, i8, u8, u16, u32 } from 'fairlead:helpers';
import { RESULTS } from './codes.ts';
import { microseconds, parametersOf, push, type Values } from './parameters.ts';

/** Values of TV parameters and of what access operations gave, by type. */
const TAG: Record<number, (body: Uint8Array) => Values> = {
  1: (body) => ({ antenna: u16(body) }),
  2: (body) => ({ firstSeenUTC: microseconds(body) }),
  3: (body) => ({ firstSeenUptime: microseconds(body) }),
  4: (body) => ({ lastSeenUTC: microseconds(body) }),
  5: (body) => ({ lastSeenUptime: microseconds(body) }),
  6: (body) => ({ peakRSSI: i8(body) }),
  7: (body) => ({ channel: u16(body) }),
  8: (body) => ({ count: u16(body) }),
  9: (body) => ({ rospecId: u32(body) }),
  10: (body) => ({ inventoryId: u16(body) }),
  11: (body) => ({ crc: hex(body) }),
  12: (body) => ({ pc: hex(body) }),
  13: (body) => ({ epc: hex(body) }),
  14: (body) => ({ specIndex: u16(body) }),
  16: (body) => ({ accessSpecId: u32(body) }),
  19: (body) => ({ xpc1: hex(body) }),
  20: (body) => ({ xpc2: hex(body) }),
  241: (body) => ({ epc: epcOf(body) }),
  1023: (body) => ({ custom: hex(body) }),
};

/** A count of bits, then as many bits, filled up to bytes. */
function epcOf(body: Uint8Array): string {
  const size = Math.ceil(u16(body) / 8);
  if (size !== body.length - 2) throw new Error(`an EPC of ${u16(body)} bits in ${body.length - 2} bytes`);
  return hex(body.subarray(2));
}

export function report(body: Uint8Array): { time?: number; values: Values } {
  const parameters = parametersOf(body);
  const tags = parameters.filter(({ type }) => type === 240).map((parameter) => tagOf(parameter.body));
  const seen = tags.flatMap(({ lastSeenUTC, firstSeenUTC }) => Number(lastSeenUTC ?? firstSeenUTC ?? 0));
  const time = seen.reduce((latest, moment) => Math.max(latest, moment), 0);
  return { ...(time > 0 && { time }), values: { count: tags.length, tags } };
}

function tagOf(body: Uint8Array): Values {
  const tag: Values = {};
  for (const { type, body: value } of parametersOf(body)) {
    const result = RESULTS[type];
    if (result !== undefined) push(tag, 'results', resultOf(type, result, value));
    else Object.assign(tag, TAG[type]?.(value));
  }
  return tag;
}

function resultOf(type: number, operation: string, body: Uint8Array): Values {
  const base = { operation, result: u8(body), opSpecId: u16(body, 1) };
  if (type === 349) return { ...base, data: hex(body.subarray(5, 5 + 2 * u16(body, 3))) };
  return type === 350 || type === 354 ? { ...base, words: u16(body, 3) } : base;
}
