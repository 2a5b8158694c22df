import { type Clock, FairleadError, timeLimit, Waiters } from '@fairlead/core';
import type { PollRequest } from '@fairlead/profiles';
import { ByteSink } from '@fairlead/tcp';
import { gatewayErrors } from '../catalogue.ts';
import type { Downlink, DownlinkReceipt } from '../downlink-ports.ts';
import { gatewayLimits } from '../limits.ts';
import type { DownlinkInput } from '../ports.ts';
import { type Answered, Answers } from '../session/answers.ts';
import type { DeviceSession } from '../session/session.ts';
import type { Topics } from '../topics.ts';
import { ownTerms } from './terms.ts';

const { answerTime, answersWaiting } = gatewayLimits.values;

export interface DeliveryPorts {
  readonly clock: Clock;
  readonly topics: Topics;
}

interface Encoded {
  readonly parts: readonly (Uint8Array | string)[];
  /** The parts as requests, where the script says how they are answered. */
  readonly requests?: readonly PollRequest[] | undefined;
}

/** What was handed to the link. */
interface Sending {
  readonly bytes: number;
  /** Settles when the last byte was handed over. */
  readonly sent: Promise<void>;
  /** The answers to all requests. */
  readonly answers?: Promise<readonly Answered[]> | undefined;
}

/**
 * Sends a downlink on the session's link. Rejects with DOWNLINK_NOT_SENT, DOWNLINK_UNSUPPORTED, DOWNLINK_NOT_ACKNOWLEDGEABLE,
 * DOWNLINKS_WAITING or the script's error, and nothing was sent; or with DOWNLINK_TIMEOUT, DOWNLINK_UNANSWERED,
 * DOWNLINK_REFUSED or the cause of the link's end, and it may have been.
 */
export async function deliver(
  session: DeviceSession,
  downlink: Downlink,
  ports: DeliveryPorts,
): Promise<DownlinkReceipt> {
  const { link, turns } = session;
  const { name: device } = downlink.device;
  const { wait, until, attempt } = downlink;
  const encoded = await encode(session, downlink, ports);
  const answerable = answeredOf(session, encoded);
  if (until === 'acknowledged' && answerable.length === 0)
    throw gatewayErrors.error('DOWNLINK_NOT_ACKNOWLEDGEABLE', { device });
  const awaited = until === 'acknowledged' || until === 'settled' ? answerable : [];
  if ((session.answers?.waiting ?? 0) + awaited.length > answersWaiting)
    throw gatewayErrors.error('DOWNLINKS_WAITING', { device, limit: answersWaiting });
  await listening(session, downlink, ports.clock);
  if (attempt !== undefined) {
    await attempt(awaited.length > 0);
    if (link.cause !== undefined) throw link.cause;
  }
  using limit = timeLimit(ports.clock, wait, downlink.signal, () =>
    gatewayErrors.error('DOWNLINK_TIMEOUT', { device, limit: wait ?? 0, until: until ?? 'written' }),
  );
  const { bytes, sent, answers } =
    turns === undefined
      ? sendNow(session, downlink, encoded, awaited, limit.signal)
      : sendInTurn(turns, session, encoded, awaited);
  sent.catch(() => {}); // the link has ended, which its log tells
  answers?.catch(() => {});
  if (wait === undefined && until === undefined) return { device, status: 'queued', bytes };
  await limit.race(sent);
  await limit.race(link.written());
  downlink.written?.();
  if (answers === undefined) return { device, status: 'written', bytes };
  const time = Math.max(...awaited.map(({ timeout = answerTime }) => timeout));
  using answer = timeLimit(ports.clock, time, undefined, () =>
    gatewayErrors.error('DOWNLINK_UNANSWERED', { device, limit: time }),
  );
  const refused = (await limit.race(answer.race(answers))).find(({ refused }) => refused !== undefined);
  if (refused?.refused !== undefined)
    throw gatewayErrors.error('DOWNLINK_REFUSED', { device, reason: refused.refused });
  return { device, status: 'acknowledged', bytes };
}

/** Resolves when the device listens. Rejects with DOWNLINK_WINDOW_CLOSED, or the cause of the link's end. */
async function listening(session: DeviceSession, { device, patient }: Downlink, clock: Clock): Promise<void> {
  const { window } = ownTerms(session.device);
  if (window === undefined) return;
  const silence = Math.round(clock.monotonic() - session.link.lastReceived);
  if (silence <= window) return;
  if (!patient) throw gatewayErrors.error('DOWNLINK_WINDOW_CLOSED', { device: device.name, window, silence });
  session.hearing ??= new Waiters();
  await session.hearing.wait();
}

/** The messages that carry the input: what the script makes of it, else platform JSON. */
async function encode(
  session: DeviceSession,
  { device, input: { kind, values, bytes } }: Downlink,
  { clock, topics }: DeliveryPorts,
): Promise<Encoded> {
  const addressed = device.type === 'sub' ? { [device.address ?? '']: values } : values;
  const script = session.downlinkScript;
  if (script === undefined) {
    if (bytes !== undefined) return { parts: [bytes] };
    if (session.reported !== undefined)
      throw gatewayErrors.error('DOWNLINK_UNSUPPORTED', { device: device.name });
    return { parts: [JSON.stringify(addressed)] };
  }
  if (bytes !== undefined && (typeof values !== 'object' || values === null))
    throw gatewayErrors.error('DOWNLINK_INVALID', {
      device: device.name,
      reason: 'its script takes a JSON object',
    });
  const topic = (kind === 'command' ? topics.command : topics.set).of(device.name);
  const sent = await session.calls.downlink(script, { kind, values: addressed }, topic, clock.now());
  if (sent.bytes.length === 0) throw gatewayErrors.error('DOWNLINK_NOT_SENT', { device: device.name });
  return { parts: sent.bytes, requests: sent.requests };
}

/** The requests whose answers can be told: in turns all that are answered, else those that their answers name. */
function answeredOf({ turns }: DeviceSession, { requests = [] }: Encoded): readonly PollRequest[] {
  return requests.filter(({ answer, id }) => (turns === undefined ? id !== undefined : answer));
}

// --- at once ---------------------------------------------------------------------------------------------------------

/** @param signal ends the wait for the answers */
function sendNow(
  session: DeviceSession,
  { input: { kind, bytes } }: Downlink,
  { parts }: Encoded,
  awaited: readonly PollRequest[],
  signal: AbortSignal,
): Sending {
  const { link } = session;
  const before = link.stats().bytesOut;
  const answers = awaited.length === 0 ? undefined : answersTo(session, awaited, signal);
  answers?.catch(() => {});
  for (const part of parts) {
    const more = part === bytes ? sendPieces(session, [bytes]) : send(session, kind, part);
    if (!more && link.cause !== undefined) throw link.cause;
  }
  link.flush();
  return { bytes: link.stats().bytesOut - before, sent: Promise.resolve(), answers };
}

function answersTo(
  session: DeviceSession,
  awaited: readonly PollRequest[],
  signal: AbortSignal,
): Promise<readonly Answered[]> {
  session.answers ??= new Answers();
  const { answers } = session;
  return Promise.all(awaited.map(({ id = '' }) => answers.wait(id, signal)));
}

/** Sends one message, in pieces of the device's buffer size where its protocol says so. */
function send(session: DeviceSession, kind: DownlinkInput['kind'], payload: Uint8Array | string): boolean {
  const { link, protocol, codec } = session;
  const message = protocol.downlink({ kind, payload });
  if (!protocol.splitsDownlinks) return link.send(message);
  const sink = new ByteSink();
  codec.encoder().encode(message, sink);
  return sendPieces(session, sink.flush());
}

/** Sends bytes in pieces of the device's buffer size. */
function sendPieces({ link, device }: DeviceSession, all: readonly Uint8Array[]): boolean {
  let more = true;
  for (const piece of all) {
    for (let at = 0; at < piece.length; at += device.outboundBuffer) {
      more = link.forward(piece.subarray(at, at + device.outboundBuffer));
      link.flush();
    }
  }
  return more;
}

// --- in turns ----------------------------------------------------------------------------------------------------------

/** Sends a downlink between the polls of a link. */
function sendInTurn(
  turns: NonNullable<DeviceSession['turns']>,
  session: DeviceSession,
  { parts, requests = parts.map(unanswered) }: Encoded,
  awaited: readonly PollRequest[],
): Sending {
  const bytes = requests.reduce((sum, { send }) => sum + send.length, 0);
  if (awaited.length === 0) return { bytes, sent: turns.write(session, requests) };
  const { promise: answers, resolve, reject } = Promise.withResolvers<readonly Answered[]>();
  const all: Answered[] = [];
  const sent = turns.write(session, requests, (answer) => {
    if (answer instanceof FairleadError) reject(answer);
    else if (all.push(answer) === awaited.length) resolve(all);
  });
  return { bytes, sent, answers };
}

/** A message whose script does not say whether it is answered. */
const unanswered = (part: Uint8Array | string): PollRequest => ({
  send: Buffer.from(part as string),
  expect: [],
  answer: false,
});
