import type { PollRequest } from '@fairlead/sandbox';
import { numbered } from '../polling/numbered.ts';
import type { PollTable } from '../polling/table.ts';

/** A request; of the profile's table, with its place there. */
export type Asked = PollRequest & { readonly row?: number };

/** Requests that wait for an answer. Without an answer, the oldest is forgotten for another. */
const MOST = 64;

/** What a device was asked and has not answered yet: the next frame answers the oldest. */
export class AskedRequests {
  readonly #table: PollTable;
  #waiting: Asked[] = [];
  /** What a script asks and was not sent yet. */
  #polled: readonly PollRequest[] = [];

  constructor(table: PollTable) {
    this.#table = table;
  }

  /** In place of those before. */
  set(requests: readonly Asked[]): void {
    this.#waiting = requests.filter(({ answer }) => answer);
  }

  /** The one that the next frame answers. */
  answered(): Asked | undefined {
    return this.#waiting.shift();
  }

  /** What the script asks now. */
  polled(requests: readonly PollRequest[]): void {
    this.#polled = requests;
  }

  /** These bytes were sent to the device. Returns whether they are a request of the table, or one that the script asks. */
  sent(bytes: Buffer): boolean {
    const isSent = (request: PollRequest) => bytesOf(request, bytes).equals(bytes);
    const row = this.#table.requests.findIndex(isSent);
    const request = row < 0 ? this.#polled.find(isSent) : this.#table.requests[row];
    if (request === undefined) return false;
    this.#polled = this.#polled.filter((each) => each !== request);
    if (!request.answer) return true;
    this.#waiting.push(row < 0 ? request : { ...request, row });
    if (this.#waiting.length > MOST) this.#waiting.shift();
    return true;
  }
}

/** The bytes of a request, with the number that `sent` has in its place. */
function bytesOf(request: PollRequest, sent: Buffer): Buffer {
  const { send, sequence } = request;
  if (sequence === undefined || sent.length !== send.length) return send;
  return numbered(request, sent.readUIntBE(sequence.at, sequence.size)).send;
}
