/**
 * Topics and bodies of MQTT between the service and the platform, sans I/O.
 *
 *     device/attributes   gateway/attributes      what a device or a gateway device measured
 *     device/event        gateway/event           {"method": ..., "params": {...}}
 *     device/status                               {"accessToken": ..., "values": {"status": "1"}}     "0": offline
 *     plugin/tcp/{accessToken}                    to a device, as it is
 *
 *     on the device's own connection      the payload as it came; the MQTT user tells the device
 *     on the shared connection            {"token": ..., "values": {...}}, or base64 of bytes that are no JSON object
 */

/** A device as its messages tell it. */
interface Sender {
  readonly token: string;
  readonly type: 'standard' | 'gateway';
  readonly protocol: 'official' | 'custom';
}

export interface PlatformMessage {
  readonly topic: string;
  readonly payload: Uint8Array | string;
}

export type PlatformKind = 'attributes' | 'events' | 'raw';

const DOWNLINKS = 'plugin/tcp/';
export const DOWNLINK_FILTER = `${DOWNLINKS}#`;

function uplinkTopic({ type }: Sender, kind: PlatformKind): string {
  return `${type === 'gateway' ? 'gateway' : 'device'}/${kind === 'events' ? 'event' : 'attributes'}`;
}

/**
 * @param payload for `raw` any bytes, else a JSON object as UTF-8
 * @param own whether it goes over the device's own connection
 */
export function uplinkMessage(
  sender: Sender,
  kind: PlatformKind,
  payload: Uint8Array | string,
  own: boolean,
): PlatformMessage {
  const topic = uplinkTopic(sender, kind);
  if (own) return { topic, payload };
  const bytes = Buffer.from(payload as string);
  const values = kind === 'raw' ? JSON.stringify(bytes.toString('base64')) : bytes.toString();
  return { topic, payload: `{"token":${JSON.stringify(sender.token)},"values":${values}}` };
}

export function statusMessage({ token }: Sender, isOnline: boolean): PlatformMessage {
  const values = { status: isOnline ? '1' : '0' };
  return { topic: 'device/status', payload: JSON.stringify({ accessToken: token, values }) };
}

/** The token that a message to a device names; undefined: the topic has not exactly three levels. */
export function tokenOfDownlink(topic: string): string | undefined {
  const token = topic.startsWith(DOWNLINKS) ? topic.slice(DOWNLINKS.length) : '';
  return token === '' || token.includes('/') ? undefined : token;
}
