import type { StreamEvent } from '@fairlead/api';
import type { Terminal } from '../terminal.ts';
import { paint } from './paint.ts';
import { fields, printable, wrapped } from './text.ts';

/** A message whose time differs from now by more than this shows its time. */
const OLD = 60_000;
/** The column of the values. */
const INDENT = 34;

/** What happened to a device, for {@link eventLine}. */
interface DeviceEvent {
  readonly device: string;
  readonly what: string;
  readonly shown: string;
  /** An event that does not come from the device. */
  readonly marked?: boolean;
}

/** A message for people: `12:30:01  meter-1     attributes  temperature=21.5 humidity=40`. */
export function messageLine({ time, device, kind, values }: StreamEvent, terminal: Terminal): string {
  if (kind === 'status') {
    const shown = statusText(values as StatusValues | null);
    return eventLine({ device, what: kind, shown }, terminal);
  }
  const measured = Date.parse(time);
  const isOld = Math.abs(terminal.clock.now() - measured) > OLD;
  const old = isOld ? `time=${new Date(measured).toISOString().replace('.000Z', 'Z')} ` : '';
  return eventLine({ device, what: kind, shown: old + fields(values) }, terminal);
}

interface StatusValues {
  readonly status?: unknown;
  readonly state?: unknown;
}

/** `online`, `online (suspect)`, `offline`, `offline (dead)` */
export function statusText(values: StatusValues | null): string {
  const { status, state } = values ?? {};
  return state === undefined || state === 'live' ? fields(status) : `${fields(status)} (${fields(state)})`;
}

/** A line with the columns time, device, event and details. On a narrow terminal, the details continue on the next line. */
export function eventLine({ device, what, shown, marked = false }: DeviceEvent, terminal: Terminal): string {
  const { dim, bold, yellow } = paint(terminal.colour);
  const time = new Date(terminal.clock.now()).toTimeString().slice(0, 8);
  const name = printable(device).padEnd(10);
  const kind = what.padEnd(10);
  const details = wrapped(shown, terminal.columns, INDENT);
  return `${dim(time)}  ${bold(name)}  ${marked ? yellow(kind) : kind}  ${details}`;
}
