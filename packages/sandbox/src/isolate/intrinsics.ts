/**
 * The built-in functions that the modules of the isolate use, taken before a script can change them.
 */
type Bytes = Uint8Array<ArrayBuffer>;

export const { stringify, parse } = JSON;
export const { isArray, from: arrayFrom } = Array;
export const { getPrototypeOf, keys, prototype: objectPrototype } = Object;
export const { isSafeInteger, isFinite: isFiniteNumber } = Number;
export const { now, parse: parseDate } = Date;
export const round = Math.round;
export const text = String;
export const toNumber = Number;
export const U8 = Uint8Array;
export const sliceBytes = uncurry(Uint8Array.prototype.slice) as (
  self: Uint8Array,
  a: number,
  b: number,
) => Bytes;
export const dateTime = uncurry(Date.prototype.getTime) as (self: unknown) => number;
export const cut = uncurry(String.prototype.slice) as (self: string, from: number, to?: number) => string;
export const find = uncurry(String.prototype.indexOf) as (self: string, what: string) => number;
export const split = uncurry(String.prototype.split) as (self: string, by: string) => string[];
export const match = uncurry(RegExp.prototype.exec) as (self: RegExp, on: string) => string[] | null;
export const mapGet = uncurry(Map.prototype.get) as <K, V>(self: Map<K, V>, key: K) => V | undefined;
export const mapSet = uncurry(Map.prototype.set) as <K, V>(self: Map<K, V>, key: K, value: V) => void;
export const toText = uncurry(BigInt.prototype.toString) as (self: bigint) => string;
export const hex = arrayFrom({ length: 256 }, (_, i) => (i < 16 ? '0' : '') + i.toString(16));

function uncurry(method: (...args: never[]) => unknown): unknown {
  return Function.prototype.call.bind(method);
}
