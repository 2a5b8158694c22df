/** Headers of NATS: the properties of a message under their names, and these. */
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import type { BusDelivery, BusMessage } from '../port.ts';
import { replyTopicOf } from './subject.ts';

/** Milliseconds that the message is valid; the server does not read it. */
const EXPIRY = 'Fairlead-Expiry';
/** Base64. */
const CORRELATION = 'Fairlead-Correlation';
/** The server drops a copy that it saw within the duplicate window of the stream. */
const MESSAGE_ID = 'Nats-Msg-Id';

/** undefined: the message needs none. */
export function headersOf({ properties, expiry, correlation }: BusMessage): MsgHdrs | undefined {
  if (properties === undefined && expiry === undefined && correlation === undefined) return undefined;
  const result = headers();
  for (const name in properties) result.set(name, properties[name] as string);
  if (expiry !== undefined) result.set(EXPIRY, String(Math.ceil(expiry)));
  if (correlation !== undefined) result.set(CORRELATION, Buffer.from(correlation).toString('base64'));
  const { device, epoch, seq } = properties ?? {};
  if (device !== undefined && epoch !== undefined && seq !== undefined)
    result.set(MESSAGE_ID, `${device}:${epoch}:${seq}`);
  return result;
}

/** @param reply subject that the sender waits on */
export function deliveryOf(received: MsgHdrs | undefined, reply: string | undefined): BusDelivery {
  const properties: [string, string][] = [];
  let more: BusDelivery = reply ? { responseTopic: replyTopicOf(reply) } : {};
  for (const [name, values] of received ?? []) {
    const value = values[0] ?? '';
    if (name === EXPIRY && /^\d{1,15}$/.test(value)) more = { ...more, expiry: Number(value) };
    else if (name === CORRELATION) more = { ...more, correlation: Buffer.from(value, 'base64') };
    else if (!name.startsWith('Nats-')) properties.push([name, value]);
  }
  return properties.length === 0 ? more : { ...more, properties: Object.fromEntries(properties) };
}
