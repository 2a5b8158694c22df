// The telegrams in tunnelling requests.

import { hex, u8, u16 } from 'fairlead:helpers';
import { groupAddress, individual } from './addresses.ts';
import { codes, longApci, maskedApci, shortApci } from './codes.ts';
import { typeOf, type Values, vocabulary } from './datapoints.ts';

type Groups = Record<string, { name?: string; dpt?: string }>;

export interface Context {
  state: { channel?: number; sequence?: number };
  parameters: { groups?: Groups };
}

export function telegram(bytes: Uint8Array, ctx: Context): Values {
  const code = u8(bytes);
  const head = { code, name: codes[code] };
  if (code !== 0x11 && code !== 0x29 && code !== 0x2e)
    return { cemi: { ...head, data: hex(bytes.subarray(1)) } };
  const at = 2 + u8(bytes, 1);
  const [control, more, source, destinationRaw, length] = [
    u8(bytes, at),
    u8(bytes, at + 1),
    u16(bytes, at + 2),
    u16(bytes, at + 4),
    u8(bytes, at + 6),
  ];
  const content = bytes.subarray(at + 7);
  if (content.length !== length + 1)
    throw new Error(`a telegram of ${length + 1} bytes has ${content.length}`);
  const toGroup = (more & 0x80) !== 0;
  const cemi: Values = {
    ...head,
    source: individual(source),
    destination: toGroup ? groupAddress(destinationRaw) : individual(destinationRaw),
    destinationRaw,
    priority: ['system', 'normal', 'urgent', 'low'][(control >> 2) & 3],
    hops: (more >> 4) & 7,
    repeated: (control & 0x20) === 0,
    ...(code === 0x2e && { confirmed: (control & 1) === 0 }),
    ...(length === 0 ? { tpci: content[0] } : application(content)),
  };
  return { cemi, ...(toGroup && length > 0 && groupValues(cemi, content, ctx.parameters.groups ?? {})) };
}

function application(content: Uint8Array): Values {
  const ten = u16(content) & 0x3ff;
  const short = shortApci[ten >> 6];
  if (short === undefined)
    return {
      apci: longApci[ten] ?? maskedApci[ten >> 6] ?? `0x${ten.toString(16)}`,
      data: hex(content.subarray(2)),
    };
  if (short === 'GroupValueRead') return { apci: short };
  return content.length === 2
    ? { apci: short, value: ten & 0x3f }
    : { apci: short, data: hex(content.subarray(2)) };
}

function groupValues(
  { apci, destination, value, data }: Values,
  content: Uint8Array,
  groups: Groups,
): Values {
  const group = String(destination);
  if (apci !== 'GroupValueWrite' && apci !== 'GroupValueResponse') return { group };
  const { name, dpt } = groups[group] ?? {};
  const named = name === undefined ? {} : { name };
  if (dpt === undefined) return { group, ...named, value: value ?? data };
  const type = typeOf(dpt);
  const bytes = type.size === 0 ? Uint8Array.of(u8(content, 1) & 0x3f) : content.subarray(2);
  if (bytes.length !== (type.size || 1)) throw new Error(`${group} of type ${dpt} has ${bytes.length} bytes`);
  const read = type.read(bytes);
  const [key, scale] = vocabulary[dpt] ?? [];
  return { group, ...named, value: read, ...(key && { [key]: Number(read) * (scale as number) }) };
}
