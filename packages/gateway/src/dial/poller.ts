/**
 * Asks the devices of one link in turns, sans I/O: the owner sends bytes and brings frames.
 *
 *     due -> ports.ask(device) -> requests, or later offer(device, requests) -> ports.send, one after another -> frame() -> verdict
 *     write(device, requests)  -> before all requests that wait -> ports.send
 *     hold(device)             -> in turn with what is written: the link is the device's alone -> release(device)
 *
 * Devices take turns, a request each. What a device is asked is due on a grid of its period; polls that were missed are not
 * made up for. After the first one, polls of all links fall on common times, so that their scripts are called together. After a request whose time ran out, nothing is asked whose answer could be its own, until that has come or can
 * no longer come.
 */
import { type Clock, Fifo, type Timer } from '@fairlead/core';
import { gatewayLimits } from '../limits.ts';
import { type Ask, fits, keyOf } from './asks.ts';
import { Past } from './past.ts';
import { Turn } from './turn.ts';

const limits = gatewayLimits.values;

/** How the link is used. Times are in milliseconds. */
export interface PollPace {
  readonly timeout: number;
  /** Least time between an answer and the next request. */
  readonly gap: number;
  readonly oneAtATime: boolean;
}

interface PollerPorts<D> {
  readonly clock: Clock;
  send(of: D, ask: Ask): void;
  /** The device is due. What it is asked, maybe nothing; undefined: `offer` must be called with it. */
  ask(of: D): readonly Ask[] | undefined;
  /** The request as it is sent now. */
  numbered(of: D, ask: Ask): Ask;
  /** The answer to a request did not come in time. */
  unanswered(of: D, ask: Ask, limit: number): void;
  /** Earlier requests of the link took so long that the device was not asked at its time. */
  missed(of: D): void;
  /** Whether the link is not read at present: then no time runs out. */
  paused(): boolean;
}

/** What a frame is. */
export type Verdict<D> =
  | { readonly is: 'answer'; readonly of: D; readonly ask: Ask }
  /** Of a request whose time ran out; of one that has its answer already. */
  | { readonly is: 'late' | 'repeated'; readonly of: D }
  /** Of the device that has the link alone. */
  | { readonly is: 'held'; readonly of: D }
  | { readonly is: 'unasked' };

/** A request on its way. */
interface Sent<D> {
  readonly of: D;
  readonly ask: Ask;
  deadline: number;
}

/** A request, or a device that waits to have the link alone. */
interface Write<D> {
  readonly of: D;
  /** undefined: the link itself. */
  readonly ask: Ask | undefined;
  /** Called when it is sent or the link is its own, or when that will not be. */
  readonly sent: () => void;
  readonly over: () => void;
}

/** What a device that has the link alone has sent last may bring: a frame that is waited for, one that may come, nothing. */
export type Pending = 'answer' | 'maybe' | 'nothing';

/** A request that any frame answers. */
const ANY: Ask = { send: new Uint8Array(), expect: [], answer: true };

export class Poller<D> {
  pace: PollPace;
  readonly #ports: PollerPorts<D>;
  readonly #turns = new Map<D, Turn<D>>();
  /** Those with requests, in the order in which they are asked next. */
  readonly #ready = new Fifo<Turn<D>>();
  readonly #writes = new Fifo<Write<D>>();
  #outstanding: Sent<D>[] = [];
  /** Who has the link alone. */
  #holder: D | undefined;
  /** Polls that come before the link is given away again, because they waited for the last time. */
  #owed = 0;
  readonly #past = new Past<D>(limits.pollPast, limits.pollMemory);
  /** Nothing is sent before. */
  #quietUntil = 0;
  #timer: Timer | undefined;
  #timerAt = 0;
  #closed = false;

  constructor(pace: PollPace, ports: PollerPorts<D>) {
    this.pace = pace;
    this.#ports = ports;
  }

  /** Requests that wait for their answers. */
  get outstanding(): readonly { readonly of: D; readonly ask: Ask }[] {
    return this.#outstanding;
  }

  /** From now on the device is asked every so many milliseconds, for the first time at once. */
  add(of: D, every: number): void {
    const turn = this.#turns.get(of);
    if (turn === undefined) this.#turns.set(of, new Turn(of, every, this.#now()));
    else if (turn.every !== every)
      Object.assign(turn, { every, due: Math.min(turn.due, this.#now() + every) });
    this.#step();
  }

  /** From now on the device is not asked. What is written to it still is. */
  retire(of: D): void {
    this.#endTurn(of);
    this.#step();
  }

  /** The device has left the link. */
  remove(of: D): void {
    this.#endTurn(of);
    for (const write of [...this.#writes]) if (write.of === of && this.#writes.remove(write)) write.over();
    const [asked] = this.#outstanding.filter((sent) => sent.of === of);
    // Its answer may still come, and is nobody's.
    if (asked !== undefined) this.#past.add(of, asked.ask, false, this.#now(), this.#settle(asked.ask));
    this.#outstanding = this.#outstanding.filter((sent) => sent.of !== of);
    if (this.#holder === of) this.release(of, 'answer');
    else this.#step();
  }

  #endTurn(of: D): void {
    const turn = this.#turns.get(of);
    this.#turns.delete(of);
    if (turn !== undefined) this.#ready.remove(turn);
  }

  /** What the device is asked in this turn. */
  offer(of: D, asks: readonly Ask[]): void {
    const turn = this.#turns.get(of);
    if (turn === undefined || !turn.asking) return;
    this.#begin(turn, asks, this.#now());
    this.#step();
  }

  #begin(turn: Turn<D>, asks: readonly Ask[], now: number): void {
    turn.asking = false;
    turn.asks = asks.filter((ask) => isDue(turn, ask, now));
    turn.next = 0;
    if (turn.asks.length > 0) this.#ready.push(turn);
  }

  /** Whether so many requests may be written now. */
  takes(count: number): boolean {
    return this.#writes.length + count <= limits.pollWrites;
  }

  /** Sends the request before all polls that wait. Calls `sent` then, or `over` when that cannot be any more. */
  write(of: D, ask: Ask, sent: () => void, over: () => void): void {
    this.#writes.push({ of, ask, sent, over });
    this.#step();
  }

  /**
   * Gives the link to the device alone, in turn with what is written: once nothing is outstanding and no late answer can come.
   * Calls `begun` then, or `over` when that cannot be any more. Until `release`, nothing is sent for others and all frames are
   * of the device. Polls wait; each that waits is sent before the link is given away again.
   *
   * @returns gives up the wait
   */
  hold(of: D, begun: () => void, over: () => void): () => void {
    const wish: Write<D> = { of, ask: undefined, sent: begun, over };
    this.#writes.push(wish);
    this.#step();
    return () => {
      if (this.#writes.remove(wish)) this.#step();
    };
  }

  /** How many devices wait to have the link alone. */
  get wishes(): number {
    let count = 0;
    for (const { ask } of this.#writes) if (ask === undefined) count++;
    return count;
  }

  /** The device has the link alone no longer, if it had. Until what it asked can be answered no more, nothing is sent. */
  release(of: D, pending: Pending): void {
    if (this.#holder !== of) return;
    this.#holder = undefined;
    this.#owed = this.#ready.length;
    const now = this.#now();
    const settle = this.#settle(ANY);
    if (pending === 'answer') this.#past.add(of, ANY, false, now, settle);
    const quiet =
      pending === 'answer' ? settle : pending === 'maybe' ? Math.min(limits.pollHold, this.pace.timeout) : 0;
    this.#quietUntil = Math.max(this.#quietUntil, now + Math.max(quiet, this.pace.gap));
    this.#step();
  }

  /** A frame came. */
  frame(frame: Uint8Array): Verdict<D> {
    const verdict = this.#verdictOn(frame);
    this.#quietUntil = this.#now() + this.pace.gap;
    return verdict;
  }

  /** The frames of a chunk were taken, or the link is read now: goes on with the next request. */
  proceed(): void {
    this.#step();
  }

  close(): void {
    this.#closed = true;
    this.#ports.clock.clear(this.#timer);
    this.#turns.clear();
    this.#ready.take();
    this.#outstanding = [];
    this.#holder = undefined;
    for (const write of this.#writes.take()) write.over();
  }

  // --- answers -------------------------------------------------------------------------------------------------------

  #verdictOn(frame: Uint8Array): Verdict<D> {
    if (this.#holder !== undefined) return { is: 'held', of: this.#holder };
    const now = this.#now();
    const specific = this.#outstanding.find(({ ask }) => ask.expect.length > 0 && fits(ask, frame));
    if (specific !== undefined) return this.#answered(specific, now);
    const past = this.#past.take(frame, false, now);
    if (past !== undefined && !past.answered) return { is: 'late', of: past.of };
    const any = this.#outstanding.find(({ ask }) => ask.expect.length === 0);
    if (any !== undefined) return this.#answered(any, now);
    const late = this.#past.take(frame, true, now);
    if (late !== undefined) return { is: 'late', of: late.of };
    return past === undefined ? { is: 'unasked' } : { is: 'repeated', of: past.of };
  }

  #answered(sent: Sent<D>, now: number): Verdict<D> {
    this.#outstanding.splice(this.#outstanding.indexOf(sent), 1);
    this.#past.add(sent.of, sent.ask, true, now, 0);
    return { is: 'answer', of: sent.of, ask: sent.ask };
  }

  // --- time ----------------------------------------------------------------------------------------------------------

  #now(): number {
    return this.#ports.clock.monotonic();
  }

  #limitOf({ timeout }: Ask): number {
    return timeout ?? this.pace.timeout;
  }

  #settle(ask: Ask): number {
    return limits.pollSettle * this.#limitOf(ask);
  }

  /** Does all that is due, and sets the timer for what comes next. */
  #step(): void {
    if (this.#closed) return;
    const now = this.#now();
    const paused = this.#ports.paused();
    if (!paused) this.#expire(now);
    this.#askDue(now, paused);
    let next = paused ? now + limits.pollPause : this.#send(now);
    for (const { deadline } of this.#outstanding) next = Math.min(next, paused ? next : deadline);
    for (const { due, asking } of this.#turns.values()) if (!asking) next = Math.min(next, due);
    this.#wake(next);
  }

  #wake(at: number): void {
    if (this.#closed || (this.#timer !== undefined && this.#timerAt === at)) return;
    const { clock } = this.#ports;
    clock.clear(this.#timer);
    this.#timer = undefined;
    if (at === Number.POSITIVE_INFINITY) return;
    this.#timerAt = at;
    this.#timer = clock.after(Math.max(0, Math.ceil(at - this.#now())), () => {
      this.#timer = undefined;
      this.#step();
    });
  }

  #expire(now: number): void {
    for (const sent of this.#outstanding.filter(({ deadline }) => deadline <= now)) {
      const { of, ask } = sent;
      this.#outstanding.splice(this.#outstanding.indexOf(sent), 1);
      this.#past.add(of, ask, false, now, this.#settle(ask));
      this.#quietUntil = Math.max(this.#quietUntil, now + this.pace.gap);
      this.#ports.unanswered(of, ask, this.#limitOf(ask));
      if (this.#closed) return;
    }
  }

  #askDue(now: number, paused: boolean): void {
    for (const turn of this.#turns.values()) {
      if (turn.due > now || turn.asking) continue;
      // On the grid, and after now.
      turn.due = common(turn.due + turn.every * (Math.floor((now - turn.due) / turn.every) + 1), turn.every);
      if (turn.ask !== undefined) {
        if (!paused) this.#ports.missed(turn.of);
      } else {
        turn.asking = true;
        const asks = this.#ports.ask(turn.of);
        if (asks !== undefined) this.#begin(turn, asks, now);
      }
    }
  }

  // --- sending -------------------------------------------------------------------------------------------------------

  /** Sends what may be sent. Returns when more may be, if no frame comes before. */
  #send(now: number): number {
    for (;;) {
      if (this.#holder !== undefined) return Number.POSITIVE_INFINITY;
      const { first } = this.#writes;
      const wish = first !== undefined && first.ask === undefined ? first : undefined;
      if (wish !== undefined && (this.#owed === 0 || this.#ready.length === 0)) return this.#lend(wish, now);
      const full = this.#outstanding.length >= (this.pace.oneAtATime ? 1 : limits.pollOutstanding);
      if (full || (this.#writes.length === 0 && this.#ready.length === 0)) return Number.POSITIVE_INFINITY;
      if (this.#quietUntil > now) return this.#quietUntil;
      if (wish === undefined && first?.ask !== undefined) {
        this.#writes.shift();
        this.#ports.send(first.of, first.ask);
        this.#sent(first.of, first.ask, now, !first.ask.answer);
        first.sent();
        continue;
      }
      const blocked = this.#sendPoll(now);
      if (blocked === undefined) this.#owed = Math.max(0, this.#owed - 1);
      else if (wish === undefined) return blocked;
      else this.#owed = 0; // the polls that wait may not be sent yet
    }
  }

  /** Gives the link away, if that may be now. Returns when it may be, if no frame comes before. */
  #lend(wish: Write<D>, now: number): number {
    if (this.#outstanding.length > 0) return Number.POSITIVE_INFINITY;
    const free = Math.max(this.#quietUntil, this.#past.unsettled(now));
    if (free > now) return free;
    this.#writes.shift();
    this.#holder = wish.of;
    wish.sent();
    return Number.POSITIVE_INFINITY;
  }

  /** Sends the next request that may be sent. If there is none, returns when there will be. */
  #sendPoll(now: number): number | undefined {
    let free = Number.POSITIVE_INFINITY;
    for (let left = this.#ready.length; left > 0; left--) {
      const turn = this.#ready.shift() as Turn<D>;
      const next = turn.ask as Ask;
      const ask = this.#ports.numbered(turn.of, next);
      const blocked = this.#past.blocks(ask, now);
      if (blocked > 0) {
        this.#ready.push(turn);
        free = Math.min(free, blocked);
        continue;
      }
      turn.next++;
      if (turn.ask !== undefined) this.#ready.push(turn);
      else [turn.asks, turn.next] = [[], 0];
      if (next.every !== undefined) remember(turn, next, now);
      this.#ports.send(turn.of, ask);
      this.#sent(turn.of, ask, now, false);
      return undefined;
    }
    return free;
  }

  /** @param holds whether an answer may follow that nobody announced: the link is left to it for a moment */
  #sent(of: D, ask: Ask, now: number, holds: boolean): void {
    if (ask.answer) this.#outstanding.push({ of, ask, deadline: now + this.#limitOf(ask) });
    else if (holds && this.pace.oneAtATime && this.#turns.size > 0 && this.#writes.length === 0)
      this.#quietUntil = now + Math.max(this.pace.gap, Math.min(limits.pollHold, this.pace.timeout));
    else this.#quietUntil = now + this.pace.gap;
  }
}

/** Moves a time to the next one of those that links have in common, unless that would shift a short period by much. */
function common(due: number, every: number): number {
  const { pollGrid } = limits;
  return every < 10 * pollGrid ? due : Math.ceil(due / pollGrid) * pollGrid;
}

function isDue(turn: Turn<unknown>, ask: Ask, now: number): boolean {
  const last = ask.every === undefined ? undefined : turn.times.get(keyOf(ask));
  // Polls come a little early or late: what is nearest to its time is in time.
  return last === undefined || now - last >= (ask.every as number) - turn.every / 2;
}

function remember(turn: Turn<unknown>, ask: Ask, now: number): void {
  if (turn.times.size >= limits.pollRequests) turn.times.clear();
  turn.times.set(keyOf(ask), now);
}
