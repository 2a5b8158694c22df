import type { PollRequest } from '@fairlead/sandbox';

interface Numberable {
  readonly send: Uint8Array;
  readonly expect: readonly { readonly at: number; readonly bytes: Uint8Array }[];
  readonly sequence?: PollRequest['sequence'];
}

/** The request with its number in it, where it has one; its answer has that at the same place. */
export function numbered<R extends Numberable>(request: R, number: number): R {
  if (request.sequence === undefined) return request;
  const { at, size } = request.sequence;
  const send = Buffer.from(request.send);
  send.writeUIntBE(number % 2 ** (8 * size), at, size);
  return { ...request, send, expect: [{ at, bytes: send.subarray(at, at + size) }, ...request.expect] };
}

/** The request with the number that these bytes carry, if they are the request. */
export function sentAs<R extends Numberable>(request: R, bytes: Uint8Array): R | undefined {
  if (bytes.length !== request.send.length) return undefined;
  const { at, size } = request.sequence ?? { at: 0, size: 0 };
  const number = size === 0 ? 0 : Buffer.from(bytes.subarray(at, at + size)).readUIntBE(0, size);
  const known = numbered(request, number);
  return Buffer.compare(known.send, bytes) === 0 ? known : undefined;
}
