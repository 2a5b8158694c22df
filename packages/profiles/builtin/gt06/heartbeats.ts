// Layouts of GT06 heartbeats.

import { be, bit, bits, i16 } from 'fairlead:helpers';
import type { Message } from './message.ts';
import { ALARMS, battery, setAlarm, status, statusGroup } from './parts.ts';

export function heartbeat(message: Message): void {
  const { content, values, length } = message;
  if (length < 0x13 && message.model === '') {
    statusGroup(message);
    return;
  }
  status(message);
  if (length < 0x13) {
    heartbeatOf(message);
    return;
  }
  const signal = content.u16();
  values.satellites = bits(signal, 10, 5) + bits(signal, 5, 5);
  values.signal = bits(signal, 0, 5);
  setAlarm(values, ALARMS[content.u8()]);
  content.skip(1); // language
  values.battery = content.u8();
  values.workingMode = content.u8();
  values.voltage = content.u16() / 100;
  content.skip(length === 0x13 ? 3 : 5); // reserved, times and time of work
  const temperature = content.u16();
  // The longer form has the sign in the top bit, 1 for above zero.
  const degrees =
    length === 0x13 ? i16(be(temperature, 2)) : (temperature & 0x7fff) * (bit(temperature, 15) ? 1 : -1);
  values.temperature1 = degrees / 10 + 0;
}

/** Models that send the supply's voltage in place of the battery's level or of the alarm. */
function heartbeatOf(message: Message): void {
  const { content, values, model } = message;
  if (model === 'R11') values.voltage = content.u16() / 100;
  else battery(message);
  values.signal = content.u8();
  if (model.startsWith('LW')) values.voltage = (content.u16() & 0xfff) / 10;
  else if (model === 'SEEWORLD') values.voltage = content.u8();
  else setAlarm(values, ALARMS[content.u8()]);
}

export function shortHeartbeat({ content, values }: Message): void {
  const flags = content.u8();
  values.status = flags;
  values.armed = bit(flags, 0);
  values.ignition = bit(flags, 1);
  values.charging = bit(flags, 2);
  if (content.left >= 2) values.batteryVoltage = content.u16() / 100;
  if (content.left >= 1) values.signal = content.u8();
}

/** Heartbeat of pet and cattle trackers. */
export function stepHeartbeat(message: Message): void {
  const { content, values } = message;
  status(message);
  content.skip(2);
  values.voltageLevel = content.u8();
  values.signal = content.u8();
  values.voltage = content.u8();
  content.skip(1); // language
  if (content.left < 9) return;
  content.skip(2); // sound, light
  values.steps = content.u32();
  values.battery = content.u8();
  values.charging = content.u8() === 1;
  values.motion = content.u8() === 1;
}
