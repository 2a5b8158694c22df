/**
 * What one link of polled devices does: asks them in turns, tells the script of each what it was asked, and finds the device of
 * each frame.
 */
import { asFairleadError, type Clock, type FairleadError, timeLimit } from '@fairlead/core';
import { type PollRequest, PollTable, type PollTerms } from '@fairlead/profiles';
import { gatewayErrors } from '../catalogue.ts';
import type { Guest, HeldLink, HoldOptions } from '../guest-api.ts';
import { gatewayLimits } from '../limits.ts';
import type { ScriptMessage } from '../ports.ts';
import type { Answered } from '../session/answers.ts';
import type { DeviceSession } from '../session/session.ts';
import type { Topics } from '../topics.ts';
import type { Ask } from './asks.ts';
import { Hold } from './hold.ts';
import { Poller, type Verdict } from './poller.ts';

const limits = gatewayLimits.values;

/** What happens to a session because of its line. */
export interface LineEvents {
  /**
   * @param request JSON text that the script gave with the request that these frames answer
   * @param answered called with what the script made of the answer to a downlink
   */
  frames(
    session: DeviceSession,
    frames: readonly unknown[],
    request?: string,
    answered?: (answered: Answered | FairleadError) => void,
  ): void;
  /** @param frame of which they are made */
  messages(session: DeviceSession, messages: readonly ScriptMessage[], frame: Uint8Array): void;
  refused(session: DeviceSession, error: FairleadError, bytes?: Uint8Array): void;
  /** The device sent a frame that nobody had asked for, and that `frames` has got. */
  pushed?(session: DeviceSession, frame: Uint8Array): void;
  /** A frame came for the guest that has the link, and is nothing for `frames`. */
  visited?(session: DeviceSession, frame: Uint8Array): void;
  /** The device answers, or has not answered for a while. */
  heard?(session: DeviceSession): void;
  silent?(session: DeviceSession): void;
}

interface LinePorts {
  readonly clock: Clock;
  readonly topics: Topics;
  readonly events: LineEvents;
}

/** The link itself. */
interface Wire {
  readonly paused: boolean;
  /** Monotonic milliseconds at which bytes last arrived. */
  readonly lastReceived: number;
  unfinished(): { readonly size: number } | undefined;
  destroy(cause: FairleadError): void;
}

const DEFAULTS = { timeout: 2_000, gap: 0, oneAtATime: true };

interface Member {
  readonly session: DeviceSession;
  /** Terms of the profile, and the table that was made of them. */
  terms: PollTerms | undefined;
  table: PollTable | undefined;
  /** What it is asked each time, once that is known. */
  fixed: readonly Ask[] | undefined;
  /** Requests without an answer, one after another. */
  missed: number;
}

export class Line {
  readonly #wire: Wire;
  readonly #ports: LinePorts;
  readonly #members = new Map<DeviceSession, Member>();
  readonly #poller: Poller<Member>;
  /** What waits for the answers to downlinks. */
  readonly #told = new Map<
    Ask,
    { readonly of: Member; readonly done: (answer: Answered | FairleadError) => void }
  >();
  /** Who has the link alone. */
  #hold: Hold | undefined;
  #cause: FairleadError | undefined;

  constructor(wire: Wire, ports: LinePorts) {
    this.#wire = wire;
    this.#ports = ports;
    const { clock, events } = ports;
    this.#poller = new Poller<Member>(DEFAULTS, {
      clock,
      send: ({ session }, { send }) => session.link.forward(send),
      ask: (member) => {
        if (member.fixed === undefined) void this.#ask(member);
        return member.fixed;
      },
      numbered: ({ session }, ask) => session.calls.numbered(ask),
      unanswered: (member, ask, limit) => {
        const { name: device } = member.session.device;
        this.#tell(ask, gatewayErrors.error('DOWNLINK_UNANSWERED', { device, limit }));
        this.#unanswered(member, limit);
      },
      missed: ({ session, terms }) =>
        events.refused(
          session,
          gatewayErrors.error('POLL_MISSED', { device: session.device.name, every: terms?.every ?? 0 }),
        ),
      paused: () => wire.paused,
    });
  }

  join(session: DeviceSession): void {
    const member: Member = { session, terms: undefined, table: undefined, fixed: undefined, missed: 0 };
    this.#members.set(session, member);
    this.#renew(member);
    const { terms } = member;
    if (terms !== undefined && polls(session)) this.#poller.add(member, terms.every);
  }

  leave(session: DeviceSession): void {
    const member = this.#members.get(session);
    if (member === undefined) return;
    this.#members.delete(session);
    const hold = this.#hold?.session === session ? this.#hold : undefined;
    if (hold !== undefined) this.#hold = undefined;
    this.#poller.remove(member);
    for (const [ask, { of }] of this.#told) if (of === member) this.#tell(ask, this.#over(session));
    hold?.lost(session.link.cause ?? offline(session));
    this.#pace();
  }

  /** The device or its profile is another than before. */
  renewed(session: DeviceSession): void {
    const member = this.#members.get(session);
    if (member === undefined) return;
    member.fixed = undefined;
    this.#renew(member);
    if (member.terms !== undefined && polls(session)) this.#poller.add(member, member.terms.every);
    else this.#poller.retire(member);
  }

  /** The link is read from now on. */
  start(): void {
    this.#poller.proceed();
  }

  /** All frames of one chunk. */
  frames(batch: readonly unknown[]): void {
    for (const frame of batch) this.#frame(frame as Buffer);
    this.#poller.proceed();
  }

  /** Sends what a device is told, before all polls that wait. Resolves when it is sent; rejects with DOWNLINKS_WAITING. */
  async write(
    session: DeviceSession,
    requests: readonly Ask[],
    answered?: (answer: Answered | FairleadError) => void,
  ): Promise<void> {
    const member = this.#members.get(session);
    const { name: device } = session.device;
    if (member === undefined) throw offline(session);
    if (!this.#poller.takes(requests.length))
      throw gatewayErrors.error('DOWNLINKS_WAITING', { device, limit: limits.pollWrites });
    await new Promise<void>((resolve, reject) => {
      let left = requests.length;
      const sent = () => {
        if (--left === 0) resolve();
      };
      const over = () => reject(this.#over(session));
      for (const ask of requests) {
        if (answered !== undefined && ask.answer) this.#told.set(ask, { of: member, done: answered });
        this.#poller.write(member, ask, sent, over);
      }
    });
  }

  #over(session: DeviceSession): FairleadError {
    return this.#cause ?? session.link.cause ?? offline(session);
  }

  #tell(ask: Ask, answer: Answered | FairleadError): void {
    const told = this.#told.get(ask);
    this.#told.delete(ask);
    told?.done(answer);
  }

  /**
   * Gives the link to a guest, for one device, in turn with writes and before all polls that wait. Resolves when the link is the
   * guest's; rejects with LINK_TURNS_WAITING, LINK_TURN_TIMEOUT, DEVICE_OFFLINE, the cause of the link's end, or ABORTED.
   */
  async hold(session: DeviceSession, guest: Guest, options: HoldOptions): Promise<HeldLink> {
    const member = this.#members.get(session);
    if (member === undefined) throw offline(session);
    const { name: device } = session.device;
    const { clock } = this.#ports;
    const { linkHolds, pollWrites } = limits;
    if (this.#poller.wishes >= linkHolds || !this.#poller.takes(1))
      throw gatewayErrors.error('LINK_TURNS_WAITING', { device, limit: Math.min(linkHolds, pollWrites) });
    const hold = new Hold(session, guest, {
      clock,
      limit: options.hold,
      released: (pending) => {
        if (this.#hold !== hold) return; // its turn has not come, or the line has ended it
        this.#hold = undefined;
        const begun = pending === 'answer' ? this.#wire.unfinished() : undefined;
        this.#poller.release(member, pending);
        // Its rest would be taken for the beginning of the next answer, or swallow it.
        if (begun !== undefined && begun.size > 0)
          this.#wire.destroy(gatewayErrors.error('POLL_ANSWER_INCOMPLETE', { device, size: begun.size }));
      },
    });
    let giveUp = () => {};
    const turn = new Promise<void>((resolve, reject) => {
      const over = () => reject(this.#over(session));
      const begun = () => {
        this.#hold = hold;
        hold.begin();
        resolve();
      };
      giveUp = this.#poller.hold(member, begun, over);
    });
    using limit = timeLimit(clock, options.wait, options.signal, () =>
      gatewayErrors.error('LINK_TURN_TIMEOUT', { device, limit: options.wait }),
    );
    try {
      await limit.race(turn);
      return hold;
    } catch (error) {
      turn.catch(() => {}); // the wait was given up before
      giveUp();
      hold.end(false); // its turn came in the same moment
      throw error;
    }
  }

  /** The link has ended. */
  close(cause: FairleadError): void {
    this.#cause = cause;
    const hold = this.#hold;
    this.#hold = undefined;
    this.#poller.close();
    for (const ask of [...this.#told.keys()]) this.#tell(ask, cause);
    this.#members.clear();
    hold?.lost(cause);
  }

  // --- requests ------------------------------------------------------------------------------------------------------

  #renew(member: Member): void {
    const { poll } = member.session.device.profile;
    if (member.terms === poll) return;
    member.terms = poll;
    member.table =
      poll === undefined || poll.requests.length === 0 ? undefined : new PollTable(poll.requests);
    this.#pace();
  }

  /** The link is used as the most careful of its devices needs it. */
  #pace(): void {
    let [timeout, gap, oneAtATime] = [0, 0, false];
    for (const { terms = DEFAULTS } of this.#members.values()) {
      timeout = Math.max(timeout, terms.timeout);
      gap = Math.max(gap, terms.gap);
      oneAtATime ||= terms.oneAtATime;
    }
    this.#poller.pace = { timeout: timeout || DEFAULTS.timeout, gap, oneAtATime };
  }

  async #ask(member: Member): Promise<void> {
    const { session, terms, table } = member;
    const { device } = session;
    const timeout = terms?.timeout;
    const asks: Ask[] = (table?.requests ?? []).map((request, row) => ({
      timeout,
      ...defined(request),
      row,
    }));
    try {
      const script = session.pollScript;
      if (script?.poll !== undefined) {
        const { clock, topics } = this.#ports;
        const topic = topics.attributes.of(device.name);
        const { requests, used } = await session.calls.poll(script, topic, clock.now());
        for (const request of requests) asks.push({ timeout, ...defined(request) });
        // Not where the device has become another one meanwhile.
        const same = session.device === device && session.pollScript === script;
        if (terms?.fixed === true && used !== true && same) member.fixed = asks;
      }
    } catch (error) {
      this.#ports.events.refused(session, asFairleadError(error));
    }
    const { pollRequests: limit } = limits;
    if (asks.length > limit) {
      const [{ name }, count] = [device, asks.length];
      const error = gatewayErrors.error('POLL_TOO_LONG', { device: name, count, limit });
      this.#ports.events.refused(session, error);
      asks.length = limit;
    }
    this.#poller.offer(member, asks);
  }

  #unanswered(member: Member, limit: number): void {
    const { session } = member;
    const { events, clock } = this.#ports;
    const device = session.device.name;
    events.refused(session, gatewayErrors.error('POLL_UNANSWERED', { device, limit }));
    if (++member.missed === limits.pollSilent) events.silent?.(session);
    const begun = this.#wire.unfinished();
    // Its rest would be taken for the beginning of the next answer, or swallow it.
    if (begun !== undefined && begun.size > 0) {
      this.#wire.destroy(gatewayErrors.error('POLL_ANSWER_INCOMPLETE', { device, size: begun.size }));
      return;
    }
    const silence = clock.monotonic() - this.#wire.lastReceived;
    if (member.missed >= limits.pollSilent && silence >= limits.linkSilent)
      this.#wire.destroy(gatewayErrors.error('POLL_LINK_SILENT', { limit: limits.linkSilent }));
  }

  // --- frames --------------------------------------------------------------------------------------------------------

  #frame(frame: Buffer): void {
    const verdict = this.#poller.frame(frame);
    const { events } = this.#ports;
    if (verdict.is === 'answer') this.#answer(verdict, frame);
    else if (verdict.is === 'held') this.#visit(verdict.of, frame);
    else if (verdict.is === 'unasked') this.#unasked(frame);
    else if (verdict.is === 'late' || refuses(verdict.of)) {
      const { session } = verdict.of;
      const code = verdict.is === 'late' ? 'POLL_ANSWER_LATE' : 'POLL_ANSWER_REPEATED';
      events.refused(session, gatewayErrors.error(code, { device: session.device.name }), frame);
    } else this.#unasked(frame);
  }

  #answer({ of: member, ask }: Extract<Verdict<Member>, { is: 'answer' }>, frame: Buffer): void {
    const { events } = this.#ports;
    const { session, table } = member;
    this.#heard(member);
    if (ask.row === undefined || table === undefined) {
      const told = this.#told.get(ask);
      this.#told.delete(ask);
      events.frames(session, [frame], ask.data, told?.done);
      return;
    }
    try {
      const json = table.values(ask.row, frame);
      events.messages(session, [{ kind: 'attributes', json }], frame);
    } catch (error) {
      events.refused(session, asFairleadError(error), frame);
    }
  }

  /** It is for the guest, and for all others too where the device may have sent it by itself. */
  #visit(member: Member, frame: Buffer): void {
    const { events } = this.#ports;
    const { session } = member;
    this.#heard(member);
    if (this.#members.size > 1 || refuses(member)) events.visited?.(session, frame);
    else events.frames(session, [frame]);
    this.#hold?.frame(frame);
  }

  /** It is of the only device on the link, unless that sends nothing unasked. */
  #unasked(frame: Buffer): void {
    const [first, second] = this.#members.values();
    if (first === undefined) return;
    if (second === undefined && !refuses(first)) {
      this.#heard(first);
      this.#ports.events.frames(first.session, [frame]);
      this.#ports.events.pushed?.(first.session, frame);
      return;
    }
    const { session } = this.#poller.outstanding[0]?.of ?? first;
    const { length: size } = frame;
    const error = gatewayErrors.error('POLL_ANSWER_UNEXPECTED', { device: session.device.name, size });
    this.#ports.events.refused(session, error, frame);
  }

  #heard(member: Member): void {
    if (member.missed >= limits.pollSilent || member.session.quiet)
      this.#ports.events.heard?.(member.session);
    member.missed = 0;
  }
}

/** Whether the device is asked anything. */
export function polls({ device: { profile }, pollScript }: DeviceSession): boolean {
  return profile.poll !== undefined && (pollScript !== undefined || profile.poll.requests.length > 0);
}

const offline = ({ device }: DeviceSession): FairleadError =>
  gatewayErrors.error('DEVICE_OFFLINE', { device: device.name });

const refuses = ({ terms }: Member): boolean => terms?.unasked === 'refuse';

/** Without the keys that are undefined, so that defaults before it stay. */
function defined({ timeout, ...request }: PollRequest): PollRequest {
  return timeout === undefined ? request : { ...request, timeout };
}
