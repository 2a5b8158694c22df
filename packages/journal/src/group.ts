import type { FairleadError } from '@fairlead/core';
import { RECORD_HEAD, sealRecord } from './format.ts';

export type Done = (error?: FairleadError) => void;

const SMALLEST = 4_096;

/** Records that are written and flushed together, in the bytes of a segment. */
export class Group {
  readonly first: number;
  last: number;
  mark = 0;
  bytes: Buffer;
  length = 0;
  /** Of the appends that end in this group. */
  done: Done[] = [];

  constructor(first: number, room: number) {
    this.first = first;
    this.last = first - 1;
    this.bytes = Buffer.allocUnsafeSlow(Math.max(room, SMALLEST));
  }

  /** Makes room for a payload. Returns where it begins. */
  reserve(size: number): number {
    const payload = this.length + RECORD_HEAD;
    if (payload + size > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.bytes.length, payload + size));
      this.bytes.copy(larger, 0, 0, this.length);
      this.bytes = larger;
    }
    return payload;
  }

  /** Ends the record whose payload is in the room that was made. */
  seal(size: number, salt: number, mark: number): void {
    this.last++;
    if (mark > this.mark) this.mark = mark;
    sealRecord(this.bytes, this.length, size, salt, this.last, mark);
    this.length += RECORD_HEAD + size;
  }

  /** Reports the end of the appends, once. */
  settle(error?: FairleadError): void {
    const { done } = this;
    this.done = [];
    for (const report of done) report(error);
  }
}
