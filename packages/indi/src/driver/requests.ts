import { indiLimits } from '../limits.ts';
import { checkRequest } from '../property/check-request.ts';
import type { AnyProperty, NewHandler, Outcome } from '../property/property.ts';
import type { AnyNewVector, Member, PropertyState } from '../wire/index.ts';
import { inWords } from '../words.ts';

type Handler = NewHandler<never, never>;

/**
 * Requests of clients to one device. They are checked, then passed to the handler of the property, one at a time for
 * each property and in order. Whatever a handler does, the state of the property shows the result of the request.
 */
export class Requests {
  readonly #otherwise: (property: AnyProperty) => Handler;
  /** Requests that wait or run, by property: the promise of the last one. */
  readonly #chains = new Map<AnyProperty, { waiting: number; tail: Promise<void> }>();
  /** Memory of all of them, in bytes. */
  #bytes = 0;

  /** @param otherwise handles properties that have no handler of their own */
  constructor(otherwise: (property: AnyProperty) => Handler) {
    this.#otherwise = otherwise;
  }

  /** Never rejects: refusals and failures are shown by the property. */
  submit(property: AnyProperty, request: AnyNewVector): Promise<void> {
    const checked = checkRequest(property, request);
    if ('refused' in checked) {
      property.apply('Alert', `Error: ${checked.refused}`);
      return Promise.resolve();
    }
    const chain = this.#chains.get(property) ?? { waiting: 0, tail: Promise.resolve() };
    const limit = indiLimits.values.pendingRequests;
    if (chain.waiting >= limit) {
      property.apply(
        'Alert',
        `Error: ${limit} changes of ${property.name} are pending; this one was refused.`,
      );
      return Promise.resolve();
    }
    const bytes = bytesOf(request);
    const most = indiLimits.values.pendingRequestBytes;
    // A single request may be as large as the wire allows.
    if (this.#bytes > 0 && this.#bytes + bytes > most) {
      property.apply('Alert', `Error: changes of ${most} bytes are pending; this one was refused.`);
      return Promise.resolve();
    }
    this.#bytes += bytes;
    this.#chains.set(property, chain);
    chain.waiting++;
    // A request without another before it runs at once.
    const run = (): Promise<void> => this.#run(property, checked.values);
    const done = (chain.waiting === 1 ? run() : chain.tail.then(run)).finally(() => {
      this.#bytes -= bytes;
      if (--chain.waiting === 0) this.#chains.delete(property);
    });
    chain.tail = done;
    return done;
  }

  async #run(property: AnyProperty, values: Record<string, unknown>): Promise<void> {
    const handler = (property.handler ?? this.#otherwise(property)) as unknown as (
      values: Record<string, unknown>,
      property: AnyProperty,
    ) => Outcome | Promise<Outcome>;
    try {
      const outcome = await handler(values, property);
      if (outcome === 'shown') return;
      if (outcome === false) property.apply('Alert');
      else {
        const state = typeof outcome === 'string' ? stateOf(outcome) : 'Ok';
        property.set(values).apply(state);
      }
    } catch (error) {
      property.apply('Alert', `Error: ${inWords(error)}`);
    }
  }
}

/** The memory of the texts and BLOBs of a request. Numbers and switches are small. */
function bytesOf({ members }: AnyNewVector): number {
  let bytes = 0;
  for (const { name, value } of members as readonly Member[]) {
    bytes += name.length;
    if (typeof value === 'string') bytes += value.length;
    else if (typeof value === 'object') bytes += value.base64.length;
  }
  return bytes;
}

function stateOf(outcome: string): PropertyState {
  if (outcome === 'Ok' || outcome === 'Busy' || outcome === 'Idle' || outcome === 'Alert') return outcome;
  throw new Error(`The driver returned "${outcome}", which is not a state.`);
}
