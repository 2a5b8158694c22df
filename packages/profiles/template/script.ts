// What the bytes mean: AA 55, length, type, device number (4 bytes BCD), data, sum of all bytes before it.
import { bcd, concat, i16, sum8, u16 } from 'fairlead:helpers';

const READING = 0x01;

/** Which device it is: the first frame says it. */
export function identify(bytes: Uint8Array): { id: string } {
  return { id: bcd(bytes, 4, 4) };
}

export function uplink(bytes: Uint8Array) {
  if (bytes[3] !== READING) return undefined;
  return {
    values: {
      deviceId: bcd(bytes, 4, 4),
      temperature: i16(bytes, 8) / 10,
      batteryVoltage: u16(bytes, 10) / 1000,
    },
    reply: frame(0x81, bytes.subarray(4, 8)),
  };
}

/** {"method": "interval", "params": {"seconds": 60}} */
export function downlink({
  values,
}: {
  values: { method: string; params: { seconds: number } };
}): Uint8Array {
  if (values.method !== 'interval') throw new Error('the device knows one command: interval');
  const { seconds } = values.params;
  if (!(Number.isInteger(seconds) && seconds >= 1 && seconds <= 255)) throw new Error('seconds is 1 to 255');
  return frame(0x02, Uint8Array.of(seconds));
}

function frame(type: number, data: Uint8Array): Uint8Array {
  const head = concat(0xaa, 0x55, data.length + 1, type, data);
  return concat(head, sum8(head));
}
