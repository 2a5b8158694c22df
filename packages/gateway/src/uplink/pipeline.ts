import { asFairleadError, type Clock, type FairleadError, pause, type Span } from '@fairlead/core';
import { profilesErrors } from '@fairlead/profiles';
import { gatewayErrors } from '../catalogue.ts';
import { gatewayLimits } from '../limits.ts';
import { add, type LinkLog } from '../log/link-log.ts';
import type {
  Device,
  DeviceDirectory,
  Script,
  ScriptMessage,
  Uplink,
  UplinkKind,
  UplinkObserver,
  UplinkResult,
} from '../ports.ts';
import { notAnObject, splitByAddress } from '../protocol/platform-json.ts';
import type { Answered } from '../session/answers.ts';
import type { Outlets } from '../session/outlets.ts';
import type { Pacing } from '../session/pacing.ts';
import type { DeviceSession } from '../session/session.ts';
import type { Topics } from '../topics.ts';
import { withoutOthers } from './other-identity.ts';
import { SessionUplink } from './session-uplink.ts';
import { Slots } from './slots.ts';
import type { UplinkTraces } from './uplink-traces.ts';

interface UplinkPorts {
  readonly directory: DeviceDirectory;
  readonly outlets: Outlets;
  readonly observers: readonly UplinkObserver[];
  readonly clock: Clock;
  readonly traces?: UplinkTraces | undefined;
  /** A message of a gateway device names a sub-device that nobody registered. */
  unknownSubDevice(session: DeviceSession, address: string, payload: Uint8Array): void;
}

const limits = gatewayLimits.values;
/** Characters of an address that an error shows. */
const SHOWN = 64;

/**
 * From frames to the sink, all frames of a chunk at a time.
 *
 *     frames -> meanings -> [script] -> platform JSON, by device -> observers and sink -> replies, acknowledgements
 *
 * Replies of the script and acknowledgements are sent when the sink has the messages safe. A slow sink or script stops
 * the reading of the device's socket: nothing is dropped, and nothing is kept without a bound.
 */
export class UplinkPipeline {
  readonly counters = new Map<UplinkKind, number>();
  readonly #ports: UplinkPorts;
  readonly #topics: Topics;
  readonly #linkLog: LinkLog;
  readonly #pacing: Pacing;
  readonly #slots = new Slots(limits.scriptCalls, limits.scriptBytes);

  constructor(ports: UplinkPorts, topics: Topics, linkLog: LinkLog, pacing: Pacing) {
    this.#ports = ports;
    this.#topics = topics;
    this.#linkLog = linkLog;
    this.#pacing = pacing;
  }

  /**
   * The frames of one chunk.
   *
   * @param time when they came, Unix milliseconds
   * @param request JSON text of the request that they answer
   * @param answered called with what the script made of the answer to a downlink
   */
  receive(
    session: DeviceSession,
    frames: readonly unknown[],
    time = this.#ports.clock.now(),
    request?: string,
    answered?: (answered: Answered | FairleadError) => void,
  ): void {
    if (frames.length === 0) return;
    session.hearing?.resolve();
    const passed = this.#pacing.admit(session, frames.length);
    if (passed < frames.length) frames = frames.slice(0, passed);
    const { device, link, protocol } = session;
    const span = this.#ports.traces?.begin(session, frames.length);
    const uplinks: Uplink[] = [];
    /** Frames for the script: successive ones of one kind. */
    let input: Buffer[] = [];
    let inputKind: UplinkKind = 'raw';
    for (const meaning of protocol.uplink(frames, session)) {
      const { kind } = meaning;
      if (session.tap !== undefined && 'payload' in meaning && meaning.payload !== undefined)
        session.tap.frame(meaning.payload);
      if (kind === 'heartbeat') {
        if (device.profile.heartbeatEcho) link.send(meaning.echo);
      } else if (kind === 'refused') {
        this.#refuse(session, meaning.error, meaning.payload);
      } else if (session.uplinkScript !== undefined) {
        if (kind !== inputKind && input.length > 0) {
          this.#runScript(session, inputKind, input, time, request);
          input = [];
        }
        inputKind = kind;
        input.push(meaning.payload);
      } else if (kind === 'raw') {
        this.#add(session, device, kind, meaning.payload, time, uplinks);
      } else {
        this.#platformJson(session, kind, meaning.payload, time, uplinks);
      }
    }
    // Of a chunk that is traced, the trace goes with its last batch.
    if (input.length > 0) this.#runScript(session, inputKind, input, time, request, answered, span);
    else answered?.({});
    const { ack } = device.profile;
    const spanHere = input.length > 0 ? undefined : span;
    if (ack === undefined || uplinks.length === 0) this.#write(session, uplinks, undefined, spanHere);
    else this.#acknowledge(session, uplinks.length, ack, this.#writeSafely(session, uplinks, spanHere));
    this.#pacing.heard(session);
  }

  /** Messages that need no script, after all that came before them. */
  report(session: DeviceSession, messages: readonly ScriptMessage[], time = this.#ports.clock.now()): void {
    const uplinks: Uplink[] = [];
    for (const message of messages) this.#scriptMessage(session, 'raw', message, time, uplinks);
    if (session.tail === undefined) this.#write(session, uplinks);
    else this.#inTurn(session, async () => this.#write(session, uplinks));
    this.#pacing.pace(session);
  }

  /** Waits until what the sessions have read has reached the sink, but not longer than the limit. */
  async settled(sessions: readonly DeviceSession[]): Promise<void> {
    const done = new AbortController();
    const settled = Promise.all(sessions.map(({ tail }) => tail)).finally(() => done.abort());
    await Promise.race([settled, pause(this.#ports.clock, limits.drain, done.signal)]);
  }

  // --- platform JSON -------------------------------------------------------------------------------------------------

  #platformJson(
    session: DeviceSession,
    kind: 'attributes' | 'events',
    payload: Buffer,
    time: number,
    uplinks: Uplink[],
  ): void {
    const { device } = session;
    if (device.type === 'gateway') {
      this.#byAddress(session, kind, payload, time, uplinks);
      return;
    }
    const { keySets } = session;
    const refusal = keySets.isObject(payload) ? undefined : notAnObject(payload, kind);
    if (refusal === undefined)
      uplinks.push(new SessionUplink(session, device, kind, payload, time, keySets.keys));
    else this.#refuse(session, refusal, payload);
  }

  #byAddress(
    session: DeviceSession,
    kind: 'attributes' | 'events',
    payload: Buffer,
    time: number,
    uplinks: Uplink[],
  ): void {
    const gateway = session.device;
    let unknown = 0;
    const find = (address: string): Device | undefined => {
      const device = this.#ports.directory.byAddress(gateway.name, address);
      if (device === undefined && ++unknown <= limits.inboxMentions)
        this.#ports.unknownSubDevice(session, address, payload);
      return device;
    };
    const { readings, refusals } = splitByAddress(gateway, payload, kind, find);
    // One message may name many addresses that are unknown; it is kept once.
    for (const [i, { error, parts }] of refusals.entries())
      this.#refuse(session, error, i === 0 ? payload : undefined, parts);
    for (const { device, payload } of readings) this.#add(session, device, kind, payload, time, uplinks);
  }

  #add(
    session: DeviceSession,
    device: Device,
    kind: UplinkKind,
    payload: Uint8Array,
    time: number,
    uplinks: Uplink[],
  ): void {
    uplinks.push(new SessionUplink(session, device, kind, payload, time));
  }

  // --- scripts -------------------------------------------------------------------------------------------------------

  /** @param kind what the protocol says the frames are; raw: the script says it */
  #runScript(
    session: DeviceSession,
    kind: UplinkKind,
    frames: readonly Buffer[],
    time: number,
    request: string | undefined,
    answered?: (answered: Answered | FairleadError) => void,
    span?: Span,
  ): void {
    const { device } = session;
    const part = span?.child('script');
    const script = session.uplinkScript as Script;
    const topic = this.#topics[kind === 'events' ? kind : 'attributes'].of(device.name);
    const size = frames.reduce((sum, frame) => sum + frame.length, 0);
    const { clock } = this.#ports;
    const begun = clock.monotonic();
    const done = () => {
      const counts = this.#linkLog.profiles.of(device.profile);
      counts.scriptCalls++;
      counts.scriptMs += clock.monotonic() - begun;
      this.#leaveSlot(size);
      part?.end();
    };
    const run = () => session.calls.uplink(script, frames, topic, time, request).finally(done);
    const room = this.#slots.enter(size);
    const results = room === undefined ? run() : room.then(run);
    results.catch(() => {}); // looked at in its turn
    this.#inTurn(session, async () => {
      const all = await results;
      const own = (await withoutOthers(session, script, frames, all, time)) ?? all;
      answered?.(answerIn(own[0]));
      await this.#scriptDone(session, kind, frames, own, time, span);
    });
    this.#pacing.scriptsWait(this.#slots.waitingBytes);
  }

  #leaveSlot(size: number): void {
    this.#slots.leave(size);
    this.#pacing.scriptsWait(this.#slots.waitingBytes);
  }

  async #scriptDone(
    session: DeviceSession,
    kind: UplinkKind,
    frames: readonly Buffer[],
    results: readonly UplinkResult[],
    time: number,
    span: Span | undefined,
  ): Promise<void> {
    const uplinks: Uplink[] = [];
    const replies: Buffer[] = [];
    let accepted = 0;
    for (const [i, result] of results.entries()) {
      if (result.error !== undefined) {
        span?.set('fairlead.code', result.error.code);
        this.#refuse(session, result.error, frames[i]);
        continue;
      }
      if (result.answers !== undefined)
        for (const answer of result.answers) session.answers?.take(answer.id, answer);
      for (const message of result.messages) this.#scriptMessage(session, kind, message, time, uplinks);
      replies.push(...result.replies);
      accepted++;
    }
    const { ack } = session.device.profile;
    if (replies.length === 0 && ack === undefined) {
      this.#write(session, uplinks, undefined, span);
      return;
    }
    if (uplinks.length > 0) await this.#writeSafely(session, uplinks, span);
    else span?.end();
    for (const reply of replies) session.link.send(reply);
    sendAck(session, accepted, ack);
  }

  #scriptMessage(
    session: DeviceSession,
    kind: UplinkKind,
    message: ScriptMessage,
    time: number,
    uplinks: Uplink[],
  ): void {
    const as = kind === 'events' ? kind : message.kind;
    const at = message.time ?? time;
    const payload = Buffer.from(message.json);
    if (message.device !== undefined) this.#ofNamed(session, message.device, as, payload, at, uplinks);
    else if (session.device.type === 'gateway') this.#byAddress(session, as, payload, at, uplinks);
    else this.#add(session, session.device, as, payload, at, uplinks);
  }

  /** The script says which device a message is of: a sub-device by its address, else the device of the link itself. */
  #ofNamed(
    session: DeviceSession,
    named: string,
    kind: 'attributes' | 'events',
    payload: Buffer,
    time: number,
    uplinks: Uplink[],
  ): void {
    const { device } = session;
    const itself = named === device.name || named === device.identity;
    const subDevice =
      device.type === 'gateway' ? this.#ports.directory.byAddress(device.name, named) : undefined;
    const of = subDevice ?? (itself ? device : undefined);
    if (of !== undefined) {
      this.#add(session, of, kind, payload, time, uplinks);
      return;
    }
    const shown = named.slice(0, SHOWN);
    if (device.type === 'gateway') {
      this.#ports.unknownSubDevice(session, named, payload);
      const error = gatewayErrors.error('SUBDEVICE_UNKNOWN', { device: device.name, address: shown });
      this.#refuse(session, error, payload);
      return;
    }
    const { name, identity = '' } = device;
    this.#refuse(
      session,
      profilesErrors.error('IDENTITY_CHANGED', { device: name, identity, named: shown }),
      payload,
    );
  }

  // --- to the bus, and back to the device ----------------------------------------------------------------------------

  #write(
    session: DeviceSession,
    uplinks: readonly Uplink[],
    safe?: (error?: FairleadError) => void,
    span?: Span,
  ): void {
    if (uplinks.length === 0) {
      span?.end();
      return;
    }
    const { observers } = this.#ports;
    this.#count(uplinks);
    this.#linkLog.profiles.of(session.device.profile).messages += uplinks.length;
    if (session.tap !== undefined) for (const uplink of uplinks) session.tap.message(uplink);
    for (const observer of observers) observer.uplinks(uplinks);
    const refused = ({ payload }: Uplink, error: FairleadError) => this.#refuse(session, error, payload);
    const outlet = this.#ports.outlets.of(session.listener);
    if (span !== undefined) {
      const journaled = outlet !== this.#ports.outlets.usual;
      safe = this.#ports.traces?.safe(span, uplinks, journaled, safe);
    }
    if (outlet.lanes.write(session, uplinks, refused, safe)) return;
    const bytes = uplinks.reduce((sum, { payload }) => sum + payload.length, 0);
    this.#pacing.sinkIsSlow(outlet, bytes);
  }

  /** Counts neighbours of one kind at once. */
  #count(uplinks: readonly Uplink[]): void {
    let from = 0;
    for (let to = 1; to <= uplinks.length; to++) {
      const { kind } = uplinks[from] as Uplink;
      if (uplinks[to]?.kind === kind) continue;
      add(this.counters, kind, to - from);
      from = to;
    }
  }

  /** Resolves when the sink has the batch safe. */
  #writeSafely(session: DeviceSession, uplinks: readonly Uplink[], span: Span | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#write(session, uplinks, (error) => (error === undefined ? resolve() : reject(error)), span);
    });
  }

  #acknowledge(session: DeviceSession, count: number, ack: string, safe: Promise<void>): void {
    safe.catch(() => {}); // looked at in its turn
    this.#inTurn(session, async () => {
      await safe;
      sendAck(session, count, ack);
    });
  }

  /** Does `work` after all earlier work of the session, whatever became of that. */
  #inTurn(session: DeviceSession, work: () => Promise<void>): void {
    session.working++;
    const done = async () => {
      try {
        await work();
      } catch (error) {
        this.#refuse(session, asFairleadError(error));
      } finally {
        if (--session.working === 0) session.tail = undefined;
        this.#pacing.pace(session);
      }
    };
    session.tail = session.tail === undefined ? done() : session.tail.then(done);
  }

  #refuse(session: DeviceSession, error: FairleadError, bytes?: Uint8Array, parts?: number): void {
    this.#linkLog.refuse(session.listener, session.link, error, bytes, parts);
  }
}

/** What the script made of the one frame that answers a downlink. */
function answerIn(result: UplinkResult | undefined): Answered | FairleadError {
  return result?.error ?? { refused: result?.answers?.find(({ refused }) => refused !== undefined)?.refused };
}

function sendAck(session: DeviceSession, count: number, ack: string | undefined): void {
  for (let i = 0; ack !== undefined && i < count; i++) session.link.forward(Buffer.from(ack, 'hex'));
}
