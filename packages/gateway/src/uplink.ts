import { asFairleadError, type Clock, type FairleadError, isFairleadError } from '@fairlead/core';
import { type TpPacket, tpCommand } from '@fairlead/tcp';
import type { DeviceSession } from './device-session.ts';
import { add, type History } from './history.ts';
import { gatewayLimits } from './limits.ts';
import type { Outbox } from './outbox.ts';
import type {
  BusMessage,
  Device,
  DeviceDirectory,
  Script,
  ScriptMessage,
  Uplink,
  UplinkKind,
  UplinkObserver,
  UplinkResult,
} from './ports.ts';
import { meaningOf } from './protocols/official.ts';
import { notAnObject, splitByAddress } from './protocols/platform-json.ts';
import { Slots } from './slots.ts';
import type { Topics } from './topics.ts';

interface UplinkPorts {
  readonly directory: DeviceDirectory;
  readonly observers: readonly UplinkObserver[];
  readonly clock: Clock;
}

const limits = gatewayLimits.values;

/** What one chunk of a device comes to. */
interface Outcome {
  readonly uplinks: Uplink[];
  readonly messages: BusMessage[];
}

/**
 * From frames to the bus, a chunk's frames at a time.
 *
 *     frames -> meaning -> [script] -> platform JSON, by device -> bus and observers -> what the device is owed
 *
 * What a device is owed (replies of its script, acknowledgements) leaves only when the bus has its messages.
 * A slow bus and a busy script stop the reading of the device's socket: nothing is dropped, nothing piles up.
 */
export class UplinkPipeline {
  readonly counters = new Map<UplinkKind, number>();
  readonly #ports: UplinkPorts;
  readonly #topics: Topics;
  readonly #history: History;
  readonly #outbox: Outbox;
  readonly #sessions: () => Iterable<DeviceSession>;
  /** Too much waits for the sandbox; until half of it is gone. */
  #crowded = false;
  /** Sessions whose reading is stopped. */
  readonly #stopped = new Set<DeviceSession>();
  readonly #slots = new Slots(limits.scriptCalls, limits.scriptBytes);

  /** @param sessions all that are connected */
  constructor(
    ports: UplinkPorts,
    topics: Topics,
    history: History,
    outbox: Outbox,
    sessions: () => Iterable<DeviceSession>,
  ) {
    this.#ports = ports;
    this.#outbox = outbox;
    outbox.onReady = () => this.#paceAll([...this.#stopped]);
    outbox.onOverfull = () => this.#paceAll(sessions());
    this.#sessions = sessions;
    this.#topics = topics;
    this.#history = history;
  }

  /** Packets of the official protocol. */
  packets(session: DeviceSession, batch: readonly TpPacket[]): void {
    const { device, link } = session;
    const outcome: Outcome = { uplinks: [], messages: [] };
    const time = this.#ports.clock.now();
    /** Payloads for the script: a run of one kind. */
    let run: Buffer[] = [];
    let runKind: 'attributes' | 'events' = 'attributes';
    for (const packet of batch) {
      const meaning = meaningOf(packet);
      if (meaning === 'heartbeat') {
        if (device.profile.heartbeatEcho) link.send(packet);
      } else if (isFairleadError(meaning)) {
        // What comes under CMD 0 is a token, which is kept nowhere.
        const isToken = packet.command === tpCommand.auth;
        this.#refuse(session, meaning, isToken ? undefined : packet.payload);
      } else if (session.uplinkScript === undefined) {
        this.#platformJson(session, meaning, packet.payload, time, outcome);
      } else {
        if (meaning !== runKind && run.length > 0) {
          this.#runScript(session, runKind, run, time);
          run = [];
        }
        runKind = meaning;
        run.push(packet.payload);
      }
    }
    if (run.length > 0) this.#runScript(session, runKind, run, time);
    this.#publish(session, outcome);
    this.#acknowledge(session, outcome.uplinks.length);
    this.#pace(session);
  }

  /** Frames of a protocol of the device's own. */
  frames(session: DeviceSession, batch: readonly Buffer[]): void {
    const time = this.#ports.clock.now();
    if (session.uplinkScript !== undefined) {
      this.#runScript(session, undefined, batch, time);
    } else {
      const { device } = session;
      const topic = this.#topics.raw.of(device.name);
      this.#publish(session, {
        uplinks: batch.map((payload) => ({ device, kind: 'raw', time, payload })),
        messages: batch.map((payload) => ({ topic, payload })),
      });
      this.#acknowledge(session, batch.length);
    }
    this.#pace(session);
  }

  /** Resolves when nothing of the sessions is under way any more. */
  async settled(sessions: Iterable<DeviceSession>): Promise<void> {
    await Promise.all([...sessions].map((session) => session.tail));
  }

  // --- platform JSON -------------------------------------------------------------------------------------------------

  #platformJson(
    session: DeviceSession,
    kind: 'attributes' | 'events',
    payload: Buffer,
    time: number,
    outcome: Outcome,
  ): void {
    const { device } = session;
    if (device.type === 'gateway') {
      this.#byAddress(session, kind, payload, time, outcome);
      return;
    }
    const refusal = notAnObject(payload, kind);
    if (refusal !== undefined) {
      this.#refuse(session, refusal, payload);
      return;
    }
    outcome.uplinks.push({ device, kind, time, payload });
    outcome.messages.push({ topic: session.topic(kind, this.#topics), payload });
  }

  #byAddress(
    session: DeviceSession,
    kind: 'attributes' | 'events',
    payload: Buffer,
    time: number,
    outcome: Outcome,
  ): void {
    const gateway = session.device;
    const find = (address: string): Device | undefined =>
      this.#ports.directory.byAddress(gateway.name, address);
    const { readings, refusals } = splitByAddress(gateway, payload, kind, find);
    // One message may name many addresses that are unknown; it is kept once.
    for (const [i, refusal] of refusals.entries())
      this.#refuse(session, refusal, i === 0 ? payload : undefined);
    for (const { device, payload } of readings) {
      outcome.uplinks.push({ device, kind, time, payload });
      outcome.messages.push({ topic: this.#topics[kind].of(device.name), payload });
    }
  }

  // --- scripts -------------------------------------------------------------------------------------------------------

  /** @param kind what the protocol says the frames are; undefined: the script says it */
  #runScript(
    session: DeviceSession,
    kind: 'attributes' | 'events' | undefined,
    frames: readonly Buffer[],
    time: number,
  ): void {
    const { device, uplinkScript } = session;
    const topic = session.topic(kind ?? 'attributes', this.#topics);
    const context = { device: device.name, type: device.type, topic, time };
    const size = frames.reduce((sum, frame) => sum + frame.length, 0);
    const run = () => (uplinkScript as Script).uplink(frames, context).finally(() => this.#slots.leave(size));
    const room = this.#slots.enter(size);
    const results = room === undefined ? run() : room.then(run);
    results.catch(() => {}); // looked at in its turn
    this.#inTurn(session, async () => this.#scriptDone(session, kind, frames, await results, time));
    if (this.#crowded || this.#slots.waitingBytes <= limits.scriptWaiting) return;
    this.#crowded = true;
    this.#paceAll(this.#sessions());
  }

  async #scriptDone(
    session: DeviceSession,
    kind: 'attributes' | 'events' | undefined,
    frames: readonly Buffer[],
    results: readonly UplinkResult[],
    time: number,
  ): Promise<void> {
    const outcome: Outcome = { uplinks: [], messages: [] };
    const replies: Buffer[] = [];
    let accepted = 0;
    for (const [i, result] of results.entries()) {
      if (result.error !== undefined) {
        this.#refuse(session, result.error, frames[i]);
        continue;
      }
      for (const message of result.messages) this.#scriptMessage(session, kind, message, time, outcome);
      replies.push(...result.replies);
      accepted++;
    }
    this.#publish(session, outcome);
    const { ack } = session.device.profile;
    if (replies.length === 0 && ack === undefined) return;
    if (outcome.messages.length > 0) await this.#outbox.flushed();
    for (const reply of replies) session.link.send(reply);
    for (let i = 0; ack !== undefined && i < accepted; i++) session.link.forward(Buffer.from(ack, 'hex'));
  }

  #scriptMessage(
    session: DeviceSession,
    kind: 'attributes' | 'events' | undefined,
    message: ScriptMessage,
    time: number,
    outcome: Outcome,
  ): void {
    const as = kind === 'events' ? kind : message.kind;
    const at = message.time ?? time;
    const payload = Buffer.from(message.json);
    if (session.device.type === 'gateway') {
      this.#byAddress(session, as, payload, at, outcome);
      return;
    }
    outcome.uplinks.push({ device: session.device, kind: as, time: at, payload });
    outcome.messages.push({ topic: session.topic(as, this.#topics), payload });
  }

  // --- to the bus, and back to the device ----------------------------------------------------------------------------

  #publish(session: DeviceSession, { uplinks, messages }: Outcome): void {
    if (messages.length === 0) return;
    for (const { kind } of uplinks) add(this.counters, kind);
    for (const observer of this.#ports.observers) observer.uplinks(uplinks);
    this.#outbox.publish(messages, ({ payload }, error) =>
      this.#refuse(session, error, Buffer.from(payload)),
    );
  }

  #acknowledge(session: DeviceSession, count: number): void {
    const { ack } = session.device.profile;
    if (ack === undefined || count === 0) return;
    this.#inTurn(session, async () => {
      await this.#outbox.flushed();
      for (let i = 0; i < count; i++) session.link.forward(Buffer.from(ack, 'hex'));
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
        this.#pace(session);
      }
    };
    session.tail = session.tail === undefined ? done() : session.tail.then(done);
  }

  /** Stops or resumes the reading of the session's socket, as bus and script allow. */
  #pace(session: DeviceSession): void {
    const { link } = session;
    if (this.#slots.waitingBytes < limits.scriptWaiting / 2) this.#crowded = false;
    const waits = this.#crowded && session.working > 0;
    if (this.#outbox.full || waits || session.working >= limits.scriptBatches) {
      this.#stopped.add(session);
      link.pause();
    } else if (this.#stopped.delete(session)) {
      link.resume();
    }
  }

  #paceAll(sessions: Iterable<DeviceSession>): void {
    for (const session of sessions) this.#pace(session);
  }

  /** The session has ended. */
  forget(session: DeviceSession): void {
    this.#stopped.delete(session);
  }

  #refuse(session: DeviceSession, error: FairleadError, bytes?: Uint8Array): void {
    this.#history.refuse(session.listener, session.link, error, bytes);
  }
}
