/** Elements that the hub itself sends. */
import { encodeMessage, type GetProperties, INDI_VERSION, type RawElement } from '../wire/index.ts';
import { type Parcel, parcelOf } from './parcel.ts';

/** Requests definitions. Without a version, or with one above 1.7, a C++ driver would exit. */
export function getProperties(device: string, name: string, via?: string): Parcel {
  const message: GetProperties = {
    tag: 'getProperties',
    version: INDI_VERSION,
    device: device || undefined,
    name: (device && name) || undefined,
  };
  const bytes = encodeMessage(message);
  return parcelOf(via === undefined ? bytes : Buffer.from(bytes.toString().replace('/>', ` via="${via}"/>`)));
}

export function enableBlob(device: string, name: string, policy: 'Also' | 'Never'): Parcel {
  return parcelOf(encodeMessage({ tag: 'enableBLOB', device, name: name || undefined, policy }));
}

/** The answer to a ping: the same attributes. */
export function pong(element: RawElement): Parcel {
  const head = element.bytes
    .toString('latin1', '<pingRequest'.length, element.headLength)
    .replace(/\/?>$/, '');
  return parcelOf(Buffer.from(`<pingReply${head}/>\n`, 'latin1'));
}

/** A device is removed with all its properties. */
export function removal(device: string, timestamp: number): Parcel {
  return parcelOf(encodeMessage({ tag: 'delProperty', device, timestamp }));
}

/** A message of the hub about a device. */
export function notice(device: string, message: string, timestamp: number): Parcel {
  return parcelOf(encodeMessage({ tag: 'message', device, timestamp, message }));
}
