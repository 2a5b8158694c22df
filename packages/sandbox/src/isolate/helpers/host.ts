/**
 * The functions that the language does not have: digests, ciphers, inflate, code pages. The program around the isolate gives
 * one function for all of them, as `globalThis.fairleadHost`, and takes it away again before the script runs.
 * Outside an isolate, set it to `callHost` of `child/host.ts`.
 */

/** Bytes, or a text behind `=`, or what is wrong behind `!`. It never throws. */
type Host = (name: string, ...args: HostArgument[]) => Uint8Array | string;
type HostArgument = Uint8Array | string | number | boolean | undefined;

const global = globalThis as { fairleadHost?: Host };
const given = global.fairleadHost;

/** Throws a RangeError with what the host says is wrong. */
export function bytesOfHost(name: string, ...args: HostArgument[]): Uint8Array {
  return call(name, args) as Uint8Array;
}

export function textOfHost(name: string, ...args: HostArgument[]): string {
  return (call(name, args) as string).slice(1);
}

function call(name: string, args: HostArgument[]): Uint8Array | string {
  const host = given ?? global.fairleadHost;
  if (host === undefined) throw new RangeError(`${name}: there is no host`);
  const result = host(name, ...args);
  if (typeof result === 'string' && result[0] === '!') throw new RangeError(`${name}: ${result.slice(1)}`);
  return result;
}
