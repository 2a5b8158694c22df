/*
 * Environmental data loggers by HJ 212-2017 and HJ/T 212-2005.
 *
 *     ## LENGTH (4 digits) QN=..;ST=..;CN=..;PW=..;MN=..;Flag=..;[PNUM=..;PNO=..;]CP=&&fields&& CRC (4 hex digits) CR LF
 *
 *     fields   DataTime=YYYYMMDDhhmmss;code-Rtd=1.0,code-Flag=N;code-Rtd=..      a factor has several fields, joined by commas
 *
 * Where bit 0 of Flag is set, the same QN is answered: 9014 for data, 9013 for a notice. Times are those of China.
 */
import type { Context, Downlink, Identity, Request, Result } from 'fairlead:helpers';
import { COMMANDS, UNANSWERED } from './codes.ts';
import { answered, type Fields, packet, packetOf, recordOf, recordsOf, stamp } from './packets.ts';

interface Link {
  ST?: string;
  PW?: string;
  MN?: string;
}

export function identify(bytes: Uint8Array): Identity {
  const { MN, PW } = packetOf(bytes).head;
  if (!MN) throw new Error('the packet has no MN');
  return { id: MN, secret: PW ?? '' };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result[] {
  const { head, content } = packetOf(bytes);
  if (!/^\d{4}$/.test(head.CN ?? '')) throw new Error('the packet has no CN');
  const { ST, PW, MN, CN = '' } = head;
  // What interaction is told apart by (91) is no system that a command may name.
  Object.assign(ctx.state, { ...(ST && ST !== '91' && { ST }), ...(PW && { PW }), ...(MN && { MN }) });
  const command = COMMANDS[CN];
  const shared = { ...(MN && { deviceId: MN }), ...head, ...(command && { command }) };
  const results = recordsOf(content).map((fields) => recordOf(fields, shared, CN, ctx));
  const reply = answerTo(head);
  if (reply !== undefined) (results[0] as Result).reply = reply;
  Object.assign(results[0] as Result, answered(head, results[0] as Result));
  return results;
}

// --- what is sent -----------------------------------------------------------------------------------------------------

function answerTo({ QN, CN = '', PW, MN, Flag = '0' }: Fields): Uint8Array | undefined {
  const flag = Number(Flag);
  if ((flag & 1) === 0 || UNANSWERED.test(CN)) return undefined;
  const code = CN === '1013' ? '9013' : '9014';
  return packet([
    ...(QN ? [`QN=${QN}`] : []),
    'ST=91',
    `CN=${code}`,
    ...(PW ? [`PW=${PW}`] : []),
    `MN=${MN ?? ''}`,
    // The bits of the version; the answer is not answered and has no packets.
    `Flag=${flag & 0xfc}`,
    'CP=&&&&',
  ]);
}

const HISTORY: Record<string, string> = { days: '2031', minutes: '2051', hours: '2061' };

export function downlink({ values }: Downlink, ctx: Context): Request | undefined {
  const { method, params = {} } = values as { method?: string; params?: Record<string, unknown> };
  const send = (command: string, content = ''): Request => ({
    send: request(command, content, ctx),
    id: stamp(ctx),
  });
  const factor = params.factor === undefined ? '' : `PolId=${params.factor}`;
  switch (method) {
    case 'setInterval':
      return send('1062', `RtdInterval=${params.seconds}`);
    case 'setTime':
      return send(
        '1012',
        [...(factor ? [factor] : []), `SystemTime=${params.time ?? stamp(ctx).slice(0, 14)}`].join(';'),
      );
    case 'getTime':
      return send('1011', factor);
    case 'start':
      return send('2011');
    case 'stop':
      return send('2012');
    case 'history':
      return send(
        HISTORY[String(params.of ?? 'hours')] ?? '2061',
        `BeginTime=${params.from},EndTime=${params.to}`,
      );
    case 'calibrate':
      return send('3011', factor);
    case 'sample':
      return send('3012', factor);
    case 'send':
      return send(String(params.CN), String(params.CP ?? ''));
    default:
      return undefined;
  }
}

function request(command: string, content: string, ctx: Context): Uint8Array {
  if (!/^\d{4}$/.test(command)) throw new Error('CN has four digits');
  if (/&&|[^\x20-\x7e]/.test(content)) throw new Error('CP has characters that are not allowed');
  const {
    ST = ctx.parameters.system,
    PW = ctx.parameters.password,
    MN = ctx.identity ?? '',
  } = ctx.state as Link;
  return packet([
    `QN=${stamp(ctx)}`,
    `ST=${ST}`,
    `CN=${command}`,
    `PW=${PW}`,
    `MN=${MN}`,
    'Flag=5',
    `CP=&&${content}&&`,
  ]);
}
