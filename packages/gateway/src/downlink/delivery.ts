import type { Clock } from '@fairlead/core';
import { timeLimit } from '@fairlead/core';
import type { PollRequest } from '@fairlead/profiles';
import { ByteSink } from '@fairlead/tcp';
import { gatewayErrors } from '../catalogue.ts';
import type { Downlink, DownlinkInput, DownlinkReceipt } from '../ports.ts';
import type { DeviceSession } from '../session/session.ts';
import type { Topics } from '../topics.ts';

interface DeliveryPorts {
  readonly clock: Clock;
  readonly topics: Topics;
}

/** Sends a downlink on the session's link. Rejects with DOWNLINK_NOT_SENT, DOWNLINK_TIMEOUT, or the script's error. */
export async function deliver(
  session: DeviceSession,
  downlink: Downlink,
  ports: DeliveryPorts,
): Promise<DownlinkReceipt> {
  const { link, turns } = session;
  const { name } = downlink.device;
  const { wait, signal } = downlink;
  const { parts, requests } = await encode(session, downlink, ports);
  if (turns !== undefined)
    return deliverInTurn(turns, session, requests ?? parts.map(unanswered), downlink, ports);
  const before = link.stats().bytesOut;
  for (const part of parts)
    if (!send(session, downlink.input.kind, part) && link.cause !== undefined) throw link.cause;
  link.flush();
  const bytes = link.stats().bytesOut - before;
  if (wait === undefined) return { device: name, status: 'queued', bytes };
  using limit = timeLimit(ports.clock, wait, signal, () =>
    gatewayErrors.error('DOWNLINK_TIMEOUT', { device: name, limit: wait }),
  );
  await limit.race(link.written());
  return { device: name, status: 'written', bytes };
}

/** The messages that carry the input: what the script makes of it, else platform JSON. */
async function encode(
  session: DeviceSession,
  { device, input: { kind, values } }: Downlink,
  { clock, topics }: DeliveryPorts,
): Promise<{ parts: readonly (Uint8Array | string)[]; requests?: readonly PollRequest[] | undefined }> {
  const addressed = device.type === 'sub' ? { [device.address ?? '']: values } : values;
  const script = session.downlinkScript;
  if (script === undefined) {
    if (session.identity.kind === 'reported')
      throw gatewayErrors.error('DOWNLINK_UNSUPPORTED', { device: device.name });
    return { parts: [JSON.stringify(addressed)] };
  }
  const topic = (kind === 'command' ? topics.command : topics.set).of(device.name);
  const sent = await session.calls.downlink(script, { kind, values: addressed }, topic, clock.now());
  if (sent.bytes.length === 0) throw gatewayErrors.error('DOWNLINK_NOT_SENT', { device: device.name });
  return { parts: sent.bytes, requests: sent.requests };
}

/** Sends a downlink between the polls of a link. The receipt is `queued` before its turn has come. */
async function deliverInTurn(
  turns: NonNullable<DeviceSession['turns']>,
  session: DeviceSession,
  requests: readonly PollRequest[],
  { device: { name: device }, wait, signal }: Downlink,
  { clock }: DeliveryPorts,
): Promise<DownlinkReceipt> {
  const bytes = requests.reduce((sum, { send }) => sum + send.length, 0);
  const sent = turns.write(session, requests);
  if (wait === undefined) {
    sent.catch(() => {}); // the link has ended, which its log tells
    return { device, status: 'queued', bytes };
  }
  using limit = timeLimit(clock, wait, signal, () =>
    gatewayErrors.error('DOWNLINK_TIMEOUT', { device, limit: wait }),
  );
  await limit.race(sent);
  await limit.race(session.link.written());
  return { device, status: 'written', bytes };
}

/** A message whose script does not say whether it is answered. */
const unanswered = (part: Uint8Array | string): PollRequest => ({
  send: Buffer.from(part as string),
  expect: [],
  answer: false,
});

/** Sends one message, in pieces of the device's buffer size where its protocol says so. */
function send(session: DeviceSession, kind: DownlinkInput['kind'], payload: Uint8Array | string): boolean {
  const { link, device, protocol, codec } = session;
  const message = protocol.downlink({ kind, payload });
  if (!protocol.splitsDownlinks) return link.send(message);
  const sink = new ByteSink();
  codec.encoder().encode(message, sink);
  let more = true;
  for (const piece of sink.flush()) {
    for (let at = 0; at < piece.length; at += device.outboundBuffer) {
      more = link.forward(piece.subarray(at, at + device.outboundBuffer));
      link.flush();
    }
  }
  return more;
}
