/** What the service complained of lately: the newest warnings and errors of its log, for those who look later, too. */
import type { TopicRecords } from '@fairlead/api';
import type { Clock } from '@fairlead/core';
import type { LogLine, LogTee } from './log-tee.ts';

type Notice = TopicRecords['notices'];

/** How many are kept. */
const KEPT = 100;

export class Notices implements Disposable {
  readonly #clock: Clock;
  readonly #kept: string[] = [];
  readonly #listeners = new Set<(text: string) => void>();
  readonly #stop: () => void;

  constructor(log: Pick<LogTee, 'listenToTrouble'>, clock: Clock) {
    this.#clock = clock;
    this.#stop = log.listenToTrouble((line) => this.#add(line));
  }

  /** Tells those that are kept, the oldest first, and those that follow. */
  listen(push: (text: string) => void): () => void {
    for (const text of this.#kept) push(text);
    const listener = (text: string) => push(text);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  [Symbol.dispose](): void {
    this.#stop();
  }

  #add({ level, message, fields: { code, device } }: LogLine): void {
    const notice: Notice = {
      time: new Date(this.#clock.now()).toISOString(),
      level: level === 'error' ? 'error' : 'warn',
      message,
      ...(typeof code === 'string' && { code }),
      ...(typeof device === 'string' && { device }),
    };
    const text = JSON.stringify(notice);
    this.#kept.push(text);
    if (this.#kept.length > KEPT) this.#kept.shift();
    for (const listener of this.#listeners) listener(text);
  }
}
