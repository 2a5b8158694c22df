/*
 * HL7 version 2 in MLLP blocks (HL7 2.5.1, chapters 2 and 7; MLLP release 1).
 *
 *     0b  MSH|^~\&|app|facility|app|facility|time||type^event|control id|P|2.5 CR  PID|.. CR  OBX|.. CR  1c 0d
 *
 * MSH says which characters separate fields and components. Each message is acknowledged by its control id.
 */
import { type Context, concat, type Downlink, type Identity, type Result } from 'fairlead:helpers';
import { contentOf, headerOf, senderOf } from './content.ts';
import { type Message, messages, rows, timeOf } from './message.ts';

export function identify(bytes: Uint8Array, ctx: Context): Identity | undefined {
  const message = messages(bytes, ctx)[0];
  const id = message && senderOf(message);
  return id ? { id } : undefined;
}

export function uplink(bytes: Uint8Array, ctx: Context): Result[] {
  const list = messages(bytes, ctx);
  if (list.length === 0) throw new Error('a block without an MSH segment');
  const names = rows(bytes, ctx).map((row) => row.slice(0, 3));
  const [first, ...others] = list.map((message) => resultOf(message, ctx));
  // The first message has the names of the whole block; the others have those of their own.
  if (first?.kind === undefined) Object.assign(first?.values ?? {}, { segments: names });
  return [first as Result, ...others];
}

export function downlink({ values }: Downlink, ctx: Context): Uint8Array | undefined {
  const { method, params = {} } = values as { method?: string; params?: Record<string, unknown> };
  if (method !== 'message') return undefined;
  if (params.text !== undefined) return block(String(params.text).split(/\r\n|\r|\n/));
  const { application, facility } = ctx.parameters;
  const type = String(params.type ?? '');
  const id = String(params.controlId ?? ctx.time);
  const header = ['MSH', '^~\\&', application, facility, '', '', stamp(ctx), '', type, id, 'P', '2.5'];
  return block([header.join('|'), ...((params.segments ?? []) as string[])]);
}

function resultOf(message: Message, ctx: Context): Result {
  const fault = faultOf(message, ctx);
  if (fault !== undefined) {
    const params = { reason: fault.text, controlId: message.header[10] ?? '' };
    return { kind: 'events', values: { method: 'rejected', params }, ...replyTo(message, ctx, fault) };
  }
  const time = timeOf(message.header[7] ?? '', ctx);
  return {
    ...(time && { time }),
    values: { ...headerOf(message), segments: namesOf(message), ...contentOf(message, ctx) },
    ...replyTo(message, ctx, { code: 'AA' }),
  };
}

const namesOf = ({ segments }: Message): string[] => ['MSH', ...segments.map(([name]) => name as string)];

/** What makes a message unacceptable: AR for its header, AE for its content. */
function faultOf({ header, segments }: Message, ctx: Context): { code: string; text: string } | undefined {
  if (!header[9]) return { code: 'AR', text: 'Message type (MSH-9) is missing' };
  if (!header[10]) return { code: 'AR', text: 'Control id (MSH-10) is missing' };
  const wrong = segments.find(([name]) => !/^[A-Z][A-Z0-9]{2}$/.test(name as string));
  if (wrong) return { code: 'AE', text: `Not a segment: ${(wrong[0] as string).slice(0, 20)}` };
  try {
    timeOf(header[7] ?? '', ctx);
  } catch {
    return { code: 'AE', text: 'Time of the message (MSH-7) cannot be read' };
  }
  return undefined;
}

// --- acknowledgements -------------------------------------------------------------------------------------------------

/** The reply, where one is due: none to acknowledgements; in enhanced mode as MSH-15 and MSH-16 say. */
function replyTo(
  message: Message,
  ctx: Context,
  { code, text = '' }: { code: string; text?: string },
): { reply?: Uint8Array } {
  const { header, separators } = message;
  const [type, event = ''] = (header[9] ?? '').split(separators.charAt(0));
  const mode = ctx.parameters.acknowledge;
  if (type === 'ACK' || mode === 'never') return {};
  const enhanced = mode === 'enhanced' && Boolean(header[15] || header[16]);
  const due = enhanced ? header[15] || header[16] || 'NE' : 'AL';
  if (due === 'NE' || (due === 'ER' && code === 'AA') || (due === 'SU' && code !== 'AA')) return {};
  const component = separators.charAt(0);
  const kind = event === '' ? 'ACK' : ['ACK', event, 'ACK'].join(component);
  const from = [header[5], header[6], header[3], header[4]].map((field) => field ?? '');
  const version = header[12] || '2.5';
  const bar = header[1] as string;
  const id = String(header[10] || ctx.time);
  const head = ['MSH', separators, ...from, stamp(ctx), '', kind, id, header[11] || 'P', version];
  const answer = ['MSA', enhanced && header[15] ? code.replace('A', 'C') : code, header[10] ?? ''];
  if (text !== '') answer.push(text);
  return { reply: block([head.join(bar), answer.join(bar)]) };
}

const block = (segments: string[]): Uint8Array =>
  concat(0x0b, ...segments.filter((row) => row !== '').map((row) => `${row}\r`), 0x1c, 0x0d);

const stamp = (ctx: Context): string =>
  new Date(ctx.time)
    .toISOString()
    .replace(/[-:T]|\..*/g, '')
    .slice(0, 14);
