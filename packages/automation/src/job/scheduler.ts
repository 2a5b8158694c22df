/** Runs the schedules of jobs, and handles missed times and changes of the clock. */
import type { Clock, Log, Timer } from '@fairlead/core';
import { automationLimits } from '../limits.ts';
import type { AutomationStore } from '../ports.ts';
import type { Vault } from '../secret/vault.ts';
import { type ClockJump, ClockWatch } from './clock-watch.ts';
import { type Schedule, schedule, timesBetween } from './schedule.ts';
import type { Job } from './schema.ts';

/** Milliseconds after which a late start counts as missed: the machine slept, or its clock was set. */
const PUNCTUAL = 60_000;
/** Longest timer, in milliseconds. System timers cannot exceed 24 days. */
const LOOK_AGAIN = 3_600_000;

interface SchedulerOptions {
  readonly clock: Clock;
  readonly store: AutomationStore;
  readonly vault: Vault;
  readonly log: Log;
  /** Called when a job is due, with its pattern, the time in Unix milliseconds, and a note for the record. */
  due(job: string, pattern: string, at: number, note: string): void;
}

type Schedules = readonly { readonly pattern: string; readonly next: Schedule }[];

interface Armed {
  readonly missed: Job['missed'];
  readonly schedules: Schedules;
  /** Unix milliseconds. Times up to it are handled. */
  readonly from: number;
  /** The next start; absent: none is known. */
  readonly first?: number;
  readonly timer?: Timer;
}

export class Scheduler {
  /** Missed times: run later (`made`) or skipped. */
  readonly missed = { made: 0, skipped: 0 };
  readonly #options: SchedulerOptions;
  readonly #armed = new Map<string, Armed>();
  readonly #watch: ClockWatch;
  #closed = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#watch = new ClockWatch(options.clock, (jump) => this.#clockSet(jump));
  }

  open(): void {
    this.#watch.open();
  }

  close(): void {
    this.#closed = true;
    this.#watch.close();
    for (const name of [...this.#armed.keys()]) this.disarm(name);
  }

  /** When schedules start this job next, Unix milliseconds. */
  nextAt(name: string): number | undefined {
    return this.#armed.get(name)?.first;
  }

  /** Arms the schedules of a job. If it was `opened`, handles missed times; if just `saved`, it has none. Throws SCHEDULE_INVALID. */
  arm(name: string, { on, enabled, missed }: Job, how: 'opened' | 'saved'): void {
    this.disarm(name);
    const schedules = on.flatMap(({ schedule: pattern, zone }) =>
      pattern === undefined ? [] : [{ pattern, next: schedule(name, pattern, zone) }],
    );
    if (!enabled || this.#closed || schedules.length === 0) return;
    const { clock, store, vault } = this.#options;
    const id = vault.idOf('job', name);
    const now = clock.now();
    const seen = how === 'saved' ? now : Math.min(store.scheduledAt(id) ?? now, now);
    store.setScheduledAt(id, now);
    this.#late(name, { schedules, missed, from: seen }, now);
    this.#wait(name, { schedules, missed, from: now });
  }

  disarm(name: string): void {
    this.#options.clock.clear(this.#armed.get(name)?.timer);
    this.#armed.delete(name);
  }

  #wait(name: string, armed: Omit<Armed, 'first' | 'timer'>): void {
    const { clock } = this.#options;
    const { schedules, missed, from } = armed;
    this.disarm(name);
    const times = schedules.flatMap(({ next }) => next(from) ?? []);
    if (this.#closed) return;
    if (times.length === 0) {
      this.#armed.set(name, { schedules, missed, from });
      return;
    }
    const first = Math.min(...times);
    const wait = Math.min(Math.max(0, first - clock.now()), LOOK_AGAIN);
    const timer = clock.after(wait, () => {
      this.#watch.look(); // it may arm all schedules again
      if (this.#armed.get(name)?.timer === timer) this.#look(name);
    });
    timer.unref?.();
    this.#armed.set(name, { schedules, missed, from, first, timer });
  }

  /** Starts a job that is due, and waits for its next time. */
  #look(name: string): void {
    const { clock, store, vault } = this.#options;
    const armed = this.#armed.get(name) as Armed;
    const { schedules, from, first } = armed;
    const now = clock.now();
    if (first === undefined || now < first) {
      this.#wait(name, armed);
      return;
    }
    store.setScheduledAt(vault.idOf('job', name), now);
    const edge = Math.max(from, now - PUNCTUAL);
    this.#late(name, armed, edge);
    for (const { at, pattern } of passed(schedules, edge, now)) this.#options.due(name, pattern, at, '');
    this.#wait(name, { ...armed, from: now });
  }

  /** If the clock was set ahead, the times in between are missed. If it was set back, schedules follow the new time. */
  #clockSet({ by, since }: ClockJump): void {
    const { log, store, vault } = this.#options;
    log.warn(
      { ms: by },
      by > 0
        ? 'The clock was set ahead, or the machine slept; times of schedules that passed meanwhile count as missed'
        : 'The clock was set back; schedules follow the new time',
    );
    for (const [name, armed] of [...this.#armed]) {
      if (by > 0) this.#look(name);
      else {
        store.setScheduledAt(vault.idOf('job', name), since);
        this.#wait(name, { ...armed, from: since });
      }
    }
  }

  /** Handles the missed times up to `to` as the job says. */
  #late(name: string, { schedules, from, missed }: Omit<Armed, 'first' | 'timer'>, to: number): void {
    const times = from < to ? passed(schedules, from, to) : [];
    if (times.length === 0) return;
    const { missedRuns } = automationLimits.values;
    const made = Math.min({ skip: 0, once: 1, all: missedRuns }[missed], times.length);
    this.missed.made += made;
    this.missed.skipped += times.length - made;
    const { log } = this.#options;
    log.warn({ job: name, missed: times.length, made }, 'Times of a schedule were missed');
    for (const { at, pattern } of times.slice(times.length - made))
      this.#options.due(name, pattern, at, ' (missed)');
  }
}

/** The times of all schedules after `from` up to `to`, in order; only the latest if there are many. */
function passed(schedules: Schedules, from: number, to: number): { at: number; pattern: string }[] {
  const { missedRuns } = automationLimits.values;
  return schedules
    .flatMap(({ pattern, next }) => timesBetween(next, from, to, missedRuns).map((at) => ({ at, pattern })))
    .sort((a, b) => a.at - b.at)
    .slice(-missedRuns);
}
