// What a message says.

import { decodeText, hex, Reader } from 'fairlead:helpers';
import { date, type Message, PLATFORM_LOGIN, type Values, VEHICLE_LOGIN } from './message.ts';
import { PARTS } from './parts.ts';

export function decode(
  { start, cmd, encrypt, data }: Message,
  values: Values,
  zone: number,
): Date | undefined {
  if (data.length === 0) return undefined;
  if (encrypt > 1 && encrypt < 0xfe) {
    values.raw = hex(data);
    return undefined;
  }
  const reader = new Reader(data);
  if (reader.left < 6) {
    values.raw = hex(data);
    return undefined;
  }
  const time = date(reader, values, zone);
  if (cmd === VEHICLE_LOGIN) vehicleLogin(reader, values);
  else if (cmd === 4 || cmd === 6) values.loginSerial = reader.u16();
  else if (cmd === PLATFORM_LOGIN) values.platform = platformLogin(reader).name;
  else if ((cmd === 2 || cmd === 3) && start[0] === 0x23) parts(reader, values, cmd === 3);
  else if (reader.left > 0) values.raw = reader.hex(reader.left);
  return time;
}

/** Number of the login, card, number of packs, length of their codes, codes. */
function vehicleLogin(reader: Reader, values: Values): void {
  values.loginSerial = reader.u16();
  values.iccid = reader.ascii(20).replaceAll('\0', '').trim();
  const count = reader.u8();
  const size = reader.u8();
  values.subsystems = Array.from({ length: count }, () => reader.ascii(size).replaceAll('\0', ''));
}

export function platformLogin(reader: Reader): { name: string; password: string } {
  reader.skip(2); // number of the login
  const text = (size: number): string => decodeText(reader.take(size), 'gbk').replaceAll('\0', '').trim();
  return { name: text(12), password: text(20) };
}

function parts(reader: Reader, values: Values, reissued: boolean): void {
  const infos: Values[] = [];
  while (reader.left > 0) {
    const type = reader.u8();
    const part = PARTS[type];
    if (part) infos.push(part(reader, values));
    else if (type >= 0x80) infos.push({ type: 'Custom', number: type, data: reader.hex(reader.u16()) });
    else infos.push({ type: 'Unknown', number: type, data: reader.hex(reader.left) });
  }
  values.infos = infos;
  if (reissued) values.archive = true;
}
