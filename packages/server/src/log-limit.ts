/** A log that peers cannot flood: only a few equal lines about the same peer are written; the others are counted. */

import type { Clock, Timer } from '@fairlead/core';
import type { Log } from '@fairlead/gateway';
import { serverLimits } from './limits.ts';
import { peerOfRemote } from './peer-address.ts';

type Level = 'info' | 'warn' | 'error';
type Fields = Readonly<Record<string, unknown>>;

interface Tally {
  readonly level: Level;
  /** The common part of the lines. */
  readonly fields: Fields;
  lines: number;
  suppressed: number;
}

/** The registered object that a line is about. The number of such objects is bounded, so that each has its own limit. */
const OWN = ['device', 'trigger', 'job', 'driver', 'chain'] as const;

const { logLines, logLinesOverAll, logKeys, logPeriod } = serverLimits.values;

/**
 * Lines with a `code` and lines about a link are limited: in each period, `logLines` of one kind about one peer, and
 * `logLinesOverAll` of one kind about all unregistered peers. At the end of the period, and when the log is disposed
 * of, one line reports how many were suppressed. Lines of the level debug, and lines with a `count`, which are already
 * limited, are always written.
 */
export function limitLog(log: Log, clock: Clock): Log & Disposable {
  const limit = new LogLimit(log, clock);
  const method = (level: Level) => (fields: object, message: string) => {
    if (limit.admits(level, fields as Fields, message)) log[level](fields, message);
  };
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: method('info'),
    warn: method('warn'),
    error: method('error'),
    [Symbol.dispose]: () => limit.end(),
  };
}

class LogLimit {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #tallies = new Map<string, Tally>();
  #timer: Timer | undefined;

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  admits(level: Level, fields: Fields, message: string): boolean {
    const kind = kindOf(fields, message);
    if (kind === undefined) return true;
    const own = ownOf(fields);
    const { code } = fields;
    const common = code === undefined ? { about: message } : { code };
    const about = own === undefined ? { address: addressOf(fields) } : { [own]: fields[own] };
    const [peer] = Object.values(about);
    const one = this.#tally(`${level} ${kind} ${own ?? ''} ${peer}`, level, { ...common, ...about });
    if (one !== undefined && one.lines >= logLines) return suppress(one);
    if (own === undefined || one === undefined) {
      const all = this.#tally(`${level} ${kind}`, level, common, true) as Tally;
      if (all.lines >= logLinesOverAll) return suppress(all);
      all.lines++;
    }
    if (one !== undefined) one.lines++;
    return true;
  }

  /** Reports the suppressed lines and starts a new period. */
  end(): void {
    this.#clock.clear(this.#timer);
    this.#timer = undefined;
    const tallies = [...this.#tallies.values()];
    this.#tallies.clear();
    for (const { level, fields, suppressed } of tallies)
      if (suppressed > 0)
        this.#log[level](
          { ...fields, suppressed },
          `${suppressed} further lines of this kind were suppressed`,
        );
  }

  /** Undefined if there are too many keys to count another one separately. */
  #tally(key: string, level: Level, fields: Fields, always = false): Tally | undefined {
    let tally = this.#tallies.get(key);
    if (tally === undefined) {
      if (!always && this.#tallies.size >= logKeys) return undefined;
      tally = { level, fields, lines: 0, suppressed: 0 };
      this.#tallies.set(key, tally);
      if (this.#timer === undefined) {
        this.#timer = this.#clock.after(logPeriod, () => this.end());
        this.#timer.unref?.();
      }
    }
    return tally;
  }
}

function suppress(tally: Tally): false {
  tally.suppressed++;
  return false;
}

function kindOf({ code, count, link }: Fields, message: string): string | undefined {
  if (typeof count === 'number') return undefined;
  if (typeof code === 'string') return code;
  return link === undefined ? undefined : message;
}

/** The field that names a registered object. Names that a bus publisher chose do not count. */
function ownOf(fields: Fields): (typeof OWN)[number] | undefined {
  if (fields.code === 'DOWNLINK_DEVICE_UNKNOWN' || fields.property !== undefined) return undefined;
  return OWN.find((key) => typeof fields[key] === 'string');
}

function addressOf({ remote, address }: Fields): string | undefined {
  const text = remote ?? address;
  return typeof text === 'string' ? peerOfRemote(text) : undefined;
}
