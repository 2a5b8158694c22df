/** What accompanies a message besides topic and payload: its checks, and its form in the MQTT library. */
import { busErrors } from './catalogue.ts';
import { busLimits } from './limits.ts';
import type { BusDelivery, BusMessage } from './port.ts';

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters would end a line of a header
const CONTROL = /[\0-\x1f\x7f]/;
const MAX_CORRELATION = 0xffff;
const SECOND = 1_000;
const MAX_SECONDS = 0xffff_ffff;

/** Most messages come without extras: they share this. */
const NO_EXTRAS: BusDelivery = Object.freeze({});

/** Throws BUS_PROPERTY_INVALID. The rules are those that every bus can carry. */
export function checkExtras({ topic, properties, expiry, correlation }: BusMessage): void {
  if (properties !== undefined) {
    let count = 0;
    for (const name in properties) {
      const flaw = ++count > busLimits.values.properties ? tooMany() : flawOf(name, properties[name]);
      if (flaw !== undefined) refuse(topic, flaw);
    }
  }
  if (expiry !== undefined && !(expiry >= 1)) refuse(topic, `expiry must be at least 1 ms; got ${expiry}`);
  if (correlation !== undefined && correlation.length > MAX_CORRELATION)
    refuse(topic, `correlation has ${correlation.length} bytes; the limit is ${MAX_CORRELATION}`);
}

function tooMany(): string {
  return `there are more than ${busLimits.values.properties} properties`;
}

function flawOf(name: string, value: unknown): string | undefined {
  if (!NAME.test(name)) return `"${name.slice(0, 64)}" is not a name of a property`;
  if (typeof value !== 'string' || CONTROL.test(value) || !value.isWellFormed())
    return `the value of "${name}" is not text without control characters`;
  const limit = busLimits.values.propertyValue;
  if (value.length > limit || Buffer.byteLength(value) > limit)
    return `the value of "${name}" has more than ${limit} bytes`;
  return undefined;
}

function refuse(topic: string, reason: string): never {
  throw busErrors.error('BUS_PROPERTY_INVALID', { topic: topic.slice(0, 100), reason });
}

/** MQTT 5 counts an expiry in whole seconds. Rounded up: a message must not expire early. */
export function expirySeconds(expiry: number): number {
  return Math.min(MAX_SECONDS, Math.ceil(expiry / SECOND));
}

/** The properties of a PUBLISH, in the form of the MQTT libraries. */
export interface PublishProperties {
  userProperties?: Record<string, string | string[]>;
  responseTopic?: string;
  correlationData?: Buffer;
  messageExpiryInterval?: number;
}

/** undefined: the message has none. */
export function publishProperties(message: BusMessage): PublishProperties | undefined {
  const { properties, expiry, correlation } = message;
  if (properties === undefined && expiry === undefined && correlation === undefined) return undefined;
  return {
    ...(properties !== undefined && { userProperties: { ...properties } }),
    ...(expiry !== undefined && { messageExpiryInterval: expirySeconds(expiry) }),
    ...(correlation !== undefined && { correlationData: Buffer.from(correlation) }),
  };
}

/** Of a property that came several times, the first value counts. */
export function deliveryOf(from: PublishProperties | undefined): BusDelivery {
  if (from === undefined) return NO_EXTRAS;
  const { userProperties, responseTopic, correlationData, messageExpiryInterval } = from;
  return {
    ...(userProperties !== undefined && { properties: firstValues(userProperties) }),
    ...(responseTopic !== undefined && { responseTopic }),
    ...(correlationData !== undefined && { correlation: correlationData }),
    ...(messageExpiryInterval !== undefined && { expiry: messageExpiryInterval * SECOND }),
  };
}

function firstValues(properties: Record<string, string | string[]>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : (value[0] ?? ''),
    ]),
  );
}
