/** `fairlead:modbus`: the map of a device's registers, checked. */

/** The four tables of a device; coils and discrete inputs hold bits, the others 16-bit registers. */
export type Table = 'coil' | 'discrete' | 'input' | 'holding';
export type RegisterType =
  | 'bool'
  | 'u16'
  | 'i16'
  | 'u32'
  | 'i32'
  | 'f32'
  | 'u64'
  | 'i64'
  | 'f64'
  | 'bcd'
  | 'text';
export type WordOrder = 'abcd' | 'cdab' | 'badc' | 'dcba';

/** One value of a device. */
export interface Register {
  readonly name: string;
  readonly unitId: number;
  readonly table: Table;
  readonly address: number;
  /** Bits of a coil or discrete input (1), else registers. */
  readonly size: number;
  readonly type: RegisterType;
  readonly order: WordOrder;
  /** value = raw * scale + offset */
  readonly scale: number;
  readonly offset: number;
  /** One bit of a register, 0 being the lowest. */
  readonly bit?: number;
  readonly writable: boolean;
}

const TABLES: Readonly<Record<number, Table>> = { 1: 'coil', 2: 'discrete', 3: 'holding', 4: 'input' };
/** The function that reads a table. */
export const readFunctions: Readonly<Record<Table, number>> = { coil: 1, discrete: 2, holding: 3, input: 4 };
const SIZES: Readonly<Record<Exclude<RegisterType, 'bool'>, number>> = {
  u16: 1,
  i16: 1,
  u32: 2,
  i32: 2,
  f32: 2,
  u64: 4,
  i64: 4,
  f64: 4,
  bcd: 1,
  text: 1,
};
const KEYS = 'name function kind address type order scale offset unit writable bit length unitId about'.split(
  ' ',
);
const ORDERS = ['abcd', 'cdab', 'badc', 'dcba'];
const MAX_ENTRIES = 2_000;

type Entry = Readonly<Record<string, unknown>>;

/**
 * The registers that `entries` describe, by unit, table and address. An entry has `name`, `address` (0 to 65535), `kind`
 * (coil, discrete, input, holding) or `function` (1 to 4; default: holding), and may have `type`, `order` (of the words:
 * abcd, cdab, badc, dcba), `length` (registers of a text or of BCD digits), `scale`, `offset`, `unit` (for readers), `bit`,
 * `writable` and `unitId`. Throws a RangeError that names the entry which makes no sense or overlaps another.
 */
export function registerMap(entries: unknown, unitId: number): Register[] {
  if (!Array.isArray(entries)) throw new RangeError('registers: expected a list');
  if (entries.length > MAX_ENTRIES) throw new RangeError(`registers: more than ${MAX_ENTRIES}`);
  const registers = entries.map((entry, i) => register(entry, i, unitId));
  registers.sort(
    (a, b) => a.unitId - b.unitId || readFunctions[a.table] - readFunctions[b.table] || a.address - b.address,
  );
  refuseOverlaps(registers);
  refuseTwins(registers);
  return registers;
}

function register(entry: unknown, index: number, defaultUnit: number): Register {
  if (typeof entry !== 'object' || entry === null)
    throw new RangeError(`registers[${index}]: expected an object`);
  const { name } = entry as Entry;
  if (typeof name !== 'string' || !/^\S{1,64}$/.test(name))
    throw new RangeError(`registers[${index}]: a name is 1 to 64 characters without white space`);
  const wrong = (what: string): never => {
    throw new RangeError(`register ${name}: ${what}`);
  };
  const unknown = Object.keys(entry).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) wrong(`unknown key ${unknown.slice(0, 40)}`);
  const from = (key: string, least: number, most: number, byDefault?: number): number => {
    const value = (entry as Entry)[key] ?? byDefault;
    return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
      ? value
      : wrong(`${key} is a whole number from ${least} to ${most}`);
  };
  const number = (key: string, byDefault: number): number => {
    const value = (entry as Entry)[key] ?? byDefault;
    return typeof value === 'number' && Number.isFinite(value) ? value : wrong(`${key} is a number`);
  };
  const table = tableOf(entry as Entry, wrong);
  const bits = table === 'coil' || table === 'discrete';
  const bit = (entry as Entry).bit === undefined ? undefined : from('bit', 0, 15);
  if (bits && bit !== undefined) wrong(`a ${table} has no bit`);
  const type = typeOf(entry as Entry, bits || bit !== undefined, wrong);
  const perItem = type === 'bool' ? 1 : SIZES[type];
  const size =
    type === 'text' || type === 'bcd' ? from('length', 1, type === 'bcd' ? 3 : 125, perItem) : perItem;
  if ((entry as Entry).length !== undefined && type !== 'text' && type !== 'bcd')
    wrong('length goes with the types text and bcd');
  const address = from('address', 0, 65_535);
  if (address + size > 65_536) wrong('it ends beyond address 65535');
  const order = String((entry as Entry).order ?? 'abcd');
  if (!ORDERS.includes(order)) wrong(`order is one of ${ORDERS.join(', ')}`);
  const writable = (entry as Entry).writable === true;
  if (writable && (table === 'discrete' || table === 'input')) wrong(`a ${table} cannot be written`);
  const scale = number('scale', 1);
  if (scale === 0) wrong('scale must not be 0');
  return {
    name,
    unitId: from('unitId', 0, 255, defaultUnit),
    table,
    address,
    size,
    type,
    order: order as WordOrder,
    scale,
    offset: number('offset', 0),
    ...(bit !== undefined && { bit }),
    writable,
  };
}

function tableOf(entry: Entry, wrong: (what: string) => never): Table {
  const named = entry.function === undefined ? undefined : TABLES[entry.function as number];
  if (entry.function !== undefined && named === undefined) wrong('function is 1, 2, 3 or 4');
  const table = (entry.kind ?? named ?? 'holding') as Table;
  if (typeof table !== 'string' || !Object.hasOwn(readFunctions, table))
    wrong(`kind is one of ${Object.keys(readFunctions).join(', ')}`);
  if (named !== undefined && table !== named) wrong(`function ${entry.function} does not read a ${table}`);
  return table;
}

function typeOf(entry: Entry, bits: boolean, wrong: (what: string) => never): RegisterType {
  const type = (entry.type ?? (bits ? 'bool' : 'u16')) as RegisterType;
  if (bits) return type === 'bool' ? type : wrong('a bit has the type bool');
  if (typeof type !== 'string' || !Object.hasOwn(SIZES, type))
    wrong(`type is one of ${Object.keys(SIZES).join(', ')}; bool goes with a bit`);
  return type;
}

/** Only bits may share a register, each its own. */
function refuseOverlaps(sorted: readonly Register[]): void {
  let last: Register | undefined;
  const bits = new Map<number, string>();
  for (const next of sorted) {
    const same = last?.unitId === next.unitId && last.table === next.table;
    if (!same || last?.address !== next.address) bits.clear();
    if (last !== undefined && same && next.address < last.address + last.size) {
      const sharing = last.bit !== undefined && next.bit !== undefined && !bits.has(next.bit);
      if (!sharing)
        throw new RangeError(`register ${next.name}: it overlaps ${bits.get(next.bit ?? -1) ?? last.name}`);
    }
    if (next.bit !== undefined) bits.set(next.bit, next.name);
    last = next;
  }
}

function refuseTwins(registers: readonly Register[]): void {
  const seen = new Set<string>();
  for (const { unitId, name } of registers) {
    const key = `${unitId} ${name}`;
    if (seen.has(key)) throw new RangeError(`register ${name}: the name stands twice`);
    seen.add(key);
  }
}
