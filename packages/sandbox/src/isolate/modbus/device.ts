/** `fairlead:modbus`: `poll`, `uplink` and `downlink` of a profile, which adds the ADU of its transport. */
import { be, concat, hex, u8, u16 } from '../helpers.ts';
import { type Register, readFunctions, registerMap, type Table } from './map.ts';
import { decodePdu, decodeWritten, identificationPdu, readPdu, type Written } from './pdu.ts';
import { plan, type Read, type ReadRequest } from './plan.ts';
import { coilsPdu, registersPdu, type Write, writes } from './write.ts';

/** What these functions need of a script's context. */
export interface ModbusContext {
  readonly type: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly request?: unknown;
}

/** A message of a transport: the bytes of a request, and what its answer begins with. */
export interface Adu {
  readonly send: Uint8Array;
  readonly expect: { at: number; bytes: Uint8Array; mask?: Uint8Array }[];
  /** Where the number of the request is written. */
  readonly sequence?: { at: number; size: number };
  /** false: nobody answers. */
  readonly answer?: boolean;
}
export type Wrap = (unitId: number, pdu: Uint8Array) => Adu;

/** The map of the parameters `registers` and `unitId`. */
const mapOf = ({ parameters }: ModbusContext): Register[] =>
  registerMap(parameters.registers ?? [], Number(parameters.unitId ?? 1));

/** The reads of a map, by the parameters that it is made of: these are the same object as long as nobody changes them. */
const planned = new WeakMap<object, readonly Read[]>();

function readsOf(ctx: ModbusContext): readonly Read[] {
  const { parameters } = ctx;
  let reads = planned.get(parameters);
  if (reads === undefined) {
    const { gap = 0, largest = 125 } = parameters as { gap?: number; largest?: number };
    reads = plan(mapOf(ctx), gap, largest);
    planned.set(parameters, reads);
  }
  return reads;
}

/** A request for each run of registers of the map. */
export function pollRegisters(ctx: ModbusContext, wrap: Wrap): (Adu & { data: ReadRequest })[] {
  return readsOf(ctx).map(({ registers, ...request }) => ({
    ...wrap(request.unitId, readPdu(request)),
    data: request,
  }));
}

/** The read of the map that is asked for; a read by address is in no map. */
function readOf(
  request: ReadRequest & { readonly unnamed?: boolean },
  ctx: ModbusContext,
): Read | ReadRequest {
  if (request.unnamed === true) return request;
  for (const read of readsOf(ctx))
    if (
      read.unitId === request.unitId &&
      read.function === request.function &&
      read.address === request.address &&
      read.quantity === request.quantity
    )
      return read;
  throw new Error('the register map has changed since the request');
}

/** What a PDU says; of a gateway device, the unit is the sub-device. */
export function decodeFrame(
  unitId: number,
  pdu: Uint8Array,
  ctx: ModbusContext,
  head: Readonly<Record<string, unknown>> = {},
): { values: Record<string, unknown>; device?: string } {
  const request = (ctx.request ?? undefined) as ReadRequest | Written | undefined;
  if (request !== undefined && request.unitId !== unitId)
    throw new Error(`unit ${unitId} answers for unit ${request.unitId}`);
  let decoded: Record<string, unknown>;
  if (request === undefined) decoded = decodePdu(pdu);
  else decoded = 'wrote' in request ? decodeWritten(pdu, request) : decodePdu(pdu, readOf(request, ctx));
  const values = { ...head, unitId, ...decoded };
  return ctx.type === 'gateway' && unitId !== 0 ? { device: String(unitId), values } : { values };
}

/**
 * Requests of a downlink, with what their answers must be: attributes write registers by their names (of a gateway device: by
 * unit, then by name); the commands are `write` and `read` with `kind`, `address`, `value` or `values` and `quantity`, and
 * `identify`.
 */
export function downlinkRequests(
  { kind, values }: { kind: string; values: Readonly<Record<string, unknown>> },
  ctx: ModbusContext,
  wrap: Wrap,
): (Adu & { data: ReadRequest | Written })[] {
  return messagesOf(kind, values, ctx).map(({ unitId, pdu, names }) => ({
    ...wrap(unitId, pdu),
    data: expectedOf(unitId, pdu, names),
  }));
}

function messagesOf(
  kind: string,
  values: Readonly<Record<string, unknown>>,
  ctx: ModbusContext,
): readonly Write[] {
  const registers = mapOf(ctx);
  if (kind === 'attributes') {
    if (ctx.type !== 'gateway') return writes(registers, values);
    return Object.entries(values).flatMap(([unit, own]) =>
      writes(
        registers.filter(({ unitId }) => String(unitId) === unit),
        own as Record<string, unknown>,
      ),
    );
  }
  const { method, params } = values as { method?: string; params?: Record<string, unknown> };
  return [command(String(method), params ?? {}, Number(params?.unitId ?? ctx.parameters.unitId ?? 1))];
}

/** What the answer to a message must be: the data of a read, or the first bytes of the write itself. */
function expectedOf(
  unitId: number,
  pdu: Uint8Array,
  names: readonly string[],
): (ReadRequest & { readonly unnamed: true }) | Written {
  const code = u8(pdu);
  if (code <= 4)
    return {
      unitId,
      function: code,
      address: u16(pdu, 1),
      quantity: u16(pdu, 3),
      unnamed: true,
    };
  const echoed = code === 15 || code === 16 ? pdu.subarray(0, 5) : code === 0x2b ? pdu.subarray(0, 2) : pdu;
  return { unitId, function: code, wrote: hex(echoed), names };
}

function command(method: string, params: Record<string, unknown>, unitId: number): Write {
  if (method === 'identify') return { unitId, pdu: identificationPdu, names: [] };
  const table = (params.kind ?? 'holding') as Table;
  const address = whole(params.address, 'address', 0xffff);
  if (method === 'read' && Object.hasOwn(readFunctions, table)) {
    const quantity = whole(
      params.quantity ?? 1,
      'quantity',
      table === 'coil' || table === 'discrete' ? 2_000 : 125,
    );
    return { unitId, pdu: readPdu({ function: readFunctions[table], address, quantity }), names: [] };
  }
  if (method !== 'write' || (table !== 'coil' && table !== 'holding'))
    throw new RangeError('the commands are write (kind coil or holding), read and identify');
  const list = (params.values ?? [params.value]) as unknown[];
  if (!Array.isArray(list) || list.length === 0 || list.length > (table === 'coil' ? 1_968 : 123))
    throw new RangeError('values: too few or too many');
  if (table === 'coil')
    return {
      unitId,
      pdu: coilsPdu(
        address,
        list.map((value) => value === true || value === 1),
      ),
      names: [],
    };
  return {
    unitId,
    pdu: registersPdu(address, concat(...list.map((value) => be(whole(value, 'value', 0xffff), 2)))),
    names: [],
  };
}

function whole(value: unknown, name: string, most: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > most)
    throw new RangeError(`${name}: expected a whole number from 0 to ${most}`);
  return value;
}
