/** Answers requests as the conversations of the examples do. */
import type { FrameEditor } from '@fairlead/tcp/framing';
import type { Exchange } from './material.ts';
import type { Responder } from './responder.ts';

/** Bytes of a request that is not known yet, at most. */
const MOST = 4_096;

export class RecordedAnswers implements Responder {
  /** By request, in hex: the recordings of its answers, and which is next. */
  readonly #known = new Map<string, { readonly request: Buffer; readonly takes: Buffer[][]; next: number }>();
  readonly #editor: FrameEditor;
  #pending: Buffer = Buffer.alloc(0);

  constructor(exchanges: readonly Exchange[], editor: FrameEditor) {
    this.#editor = editor;
    for (const { request, answers } of exchanges) {
      const key = request.toString('hex');
      const known = this.#known.get(key);
      if (known === undefined) this.#known.set(key, { request, takes: [[...answers]], next: 0 });
      else known.takes.push([...answers]);
    }
  }

  receive(chunk: Buffer): Buffer[] {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    const answers: Buffer[] = [];
    for (;;) {
      const found = this.#exact();
      if (found === undefined) break;
      this.#pending = this.#pending.subarray(found.request.length);
      answers.push(...(found.takes[found.next++ % found.takes.length] as Buffer[]));
    }
    if (this.#pending.length === 0 || this.#mayContinue()) return answers;
    answers.push(...this.#similar(this.#pending));
    this.#pending = Buffer.alloc(0);
    return answers;
  }

  /** The longest known request with which the pending bytes begin. */
  #exact() {
    const fitting = [...this.#known.values()].filter(({ request }) =>
      this.#pending.subarray(0, request.length).equals(request),
    );
    return fitting.toSorted((a, b) => b.request.length - a.request.length)[0];
  }

  #mayContinue(): boolean {
    const { length } = this.#pending;
    if (length >= MOST) return false;
    return [...this.#known.values()].some(
      ({ request }) => request.length > length && request.subarray(0, length).equals(this.#pending),
    );
  }

  /**
   * The answer to the request that differs least. Bytes in which the requests differ and which the answer repeats at the same
   * place, such as a sequence number, are taken from the new request.
   */
  #similar(request: Buffer): Buffer[] {
    const near = [...this.#known.values()]
      .filter((known) => known.request.length === request.length)
      .map((known) => ({ known, places: differences(known.request, request) }))
      .toSorted((a, b) => a.places.length - b.places.length)[0];
    if (near === undefined || near.places.length > request.length / 2) return [];
    const { known, places } = near;
    const take = known.takes[known.next++ % known.takes.length] as Buffer[];
    return take.flatMap((answer) => {
      const repeated = places.filter((at) => answer[at] === known.request[at]);
      const edited = this.#editor.edit(answer, (content) => {
        for (const at of repeated) if (at < content.length) content[at] = request[at] as number;
      });
      return edited === undefined ? [answer] : [edited];
    });
  }
}

function differences(a: Buffer, b: Buffer): number[] {
  return [...a.keys()].filter((at) => a[at] !== b[at]);
}
