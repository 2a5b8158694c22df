/**
 * The built-in functions that the modules of the isolate use, taken before a script can change them.
 */
type Bytes = Uint8Array<ArrayBuffer>;

export const { stringify, parse } = JSON;
export const { isArray, from: arrayFrom } = Array;
export const { freeze, getPrototypeOf, setPrototypeOf, keys, prototype: objectPrototype } = Object;
export const { isSafeInteger, isFinite: isFiniteNumber } = Number;
export const { now, parse: parseDate } = Date;
export const round = Math.round;
export const text = String;
export const toNumber = Number;
export const U8 = Uint8Array;
const typedArray = getPrototypeOf(Uint8Array.prototype);
/** What an object really is, whatever its prototype says: "Uint8Array" and the like; undefined for all that is no typed array. */
export const kindOfArray = getter(typedArray, Symbol.toStringTag) as (self: unknown) => string | undefined;
/** These two read a typed array itself, never a property that a script has put before it. */
export const lengthOfArray = getter(typedArray, 'length') as (self: Uint8Array) => number;
export const setBytes = uncurry(Uint8Array.prototype.set) as (self: Uint8Array, from: Uint8Array) => void;
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
export const mapClear = uncurry(Map.prototype.clear) as (self: Map<unknown, unknown>) => void;
export const toText = uncurry(BigInt.prototype.toString) as (self: bigint) => string;
export const hex = own(arrayFrom({ length: 256 }, (_, i) => (i < 16 ? '0' : '') + i.toString(16)));

/** An array without a prototype: what a script puts on Array.prototype, such as a setter for "0", does not show in it. */
export function own<T>(list: T[]): T[] {
  return setPrototypeOf(list, null) as T[];
}

function getter(of: object, name: PropertyKey): unknown {
  return uncurry(Object.getOwnPropertyDescriptor(of, name)?.get as () => unknown);
}

function uncurry(method: (...args: never[]) => unknown): unknown {
  return Function.prototype.call.bind(method);
}
