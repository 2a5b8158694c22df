/*
 * Balances with the Mettler Toledo Standard Interface Command Set (MT-SICS reference manual, levels 0 to 3).
 *
 *     COMMAND STATUS [value unit | "text" ..] CR LF      S S     100.00 g     S D 1.234 g     I4 A "B021002593"
 *     COMMAND I | L | + | -                              ES, ET, EL
 *
 * Weights come as answers to S and SI, or by themselves after SIR and SR.
 */
import { type Context, type Downlink, latin1, type Request, type Result } from 'fairlead:helpers';

const STATUSES: Record<string, string> = { S: 'stable', D: 'dynamic' };
const ERRORS: Record<string, string> = {
  I: 'not executable',
  L: 'wrong parameter',
  '+': 'overload',
  '-': 'underload',
  ES: 'syntax error',
  ET: 'transmission error',
  EL: 'logical error',
};

/** Where the number of an answer goes, by command. */
const WEIGHTS: Record<string, string> = {
  S: 'weight',
  SI: 'weight',
  SIR: 'weight',
  SIU: 'weight',
  SIRU: 'weight',
  SNR: 'weight',
  SR: 'weight',
  ST: 'weight',
  SU: 'weight',
  T: 'tare',
  TA: 'tare',
  TI: 'tare',
};
/** Where the text of an answer goes as well. */
const TEXTS: Record<string, string> = {
  '@': 'serial',
  I2: 'model',
  I3: 'firmware',
  I4: 'serial',
  I10: 'name',
  I11: 'model',
};
/** Kilograms of a unit. */
const KILOGRAMS: Record<string, number> = {
  kg: 1,
  g: 1e-3,
  mg: 1e-6,
  ug: 1e-9,
  µg: 1e-9,
  t: 1e3,
  lb: 0.45359237,
  oz: 0.028349523125,
  ozt: 0.0311034768,
  ct: 2e-4,
  GN: 6.479891e-5,
  dwt: 1.55517384e-3,
};
const ABOUT = ['I2', 'I3', 'I4'];

export function uplink(bytes: Uint8Array): Result | undefined {
  const line = latin1(bytes).replace(/\s+$/, '');
  if (line === '') return undefined;
  const words = wordsOf(line);
  const [command = '', status = '', ...parts] = words;
  if (words.length === 1)
    return { values: ERRORS[command] ? { error: command, meaning: ERRORS[command] } : { command } };
  // TAC I and the like; S I, too. A status that has a value after it is none of these.
  if (ERRORS[status] && parts.length === 0)
    return { values: { command, error: status, meaning: ERRORS[status] } };
  return { values: { command, ...answer(command, status, parts) } };
}

/** Words, and texts in quotes without them; "" stands for a quote within a text. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"((?:[^"]|"")*)"|\S+/g)].map(([word, text]) => (text ?? word).replaceAll('""', '"'));

function answer(command: string, status: string, parts: string[]): Record<string, unknown> {
  if (command === 'SIX1') return detailed(status, parts);
  const values: Record<string, unknown> = { status: STATUSES[status] ?? status };
  const weight = WEIGHTS[command];
  if (weight !== undefined && parts.length > 0) {
    const value = numberOf(parts[0] as string);
    Object.assign(values, { value, unit: parts[1] ?? '' });
    if (weight === 'weight') Object.assign(values, inKilograms(value, parts[1]));
    else values[weight] = value;
    if (weight === 'weight' && STATUSES[status]) values.stable = status === 'S';
  } else if (command === 'M28' && parts.length > 0) values.temperature = numberOf(parts.at(-1) as string);
  else if (parts.length > 0) {
    values.text = parts.join(' ');
    values.parts = parts;
    const key = TEXTS[command];
    if (key !== undefined) values[key] = parts.join(' ');
  }
  return values;
}

/** SIX1: flags, then gross, net and tare weight and their unit. */
function detailed(status: string, parts: string[]): Record<string, unknown> {
  if (parts.length < 4) throw new Error('SIX1 without its weights');
  const [gross, net, tare] = parts.slice(-4, -1).map(numberOf);
  return {
    status: STATUSES[status] ?? status,
    stable: status === 'S',
    ...inKilograms(net as number, parts.at(-1)),
    value: net,
    gross,
    tare,
    unit: parts.at(-1),
    parts,
  };
}

/** Nothing for pieces, percent and units of one's own. */
function inKilograms(value: number, unit = ''): { weight?: number } {
  const factor = KILOGRAMS[unit];
  return factor === undefined ? {} : { weight: Number((value * factor).toPrecision(12)) };
}

function numberOf(text: string): number {
  if (!/^[-+]?(\d+(\.\d*)?|\.\d+)$/.test(text)) throw new Error(`not a number: ${text.slice(0, 20)}`);
  return Number(text);
}

/** Who the balance is, once; then its weight, unless it repeats by itself. */
export function poll(ctx: Context): Request[] {
  const mode = String(ctx.parameters.weighing);
  const requests: Request[] = [];
  if (ctx.state.asked !== true) {
    ctx.state.asked = true;
    if (ctx.parameters.about !== false)
      requests.push(...ABOUT.map((command) => ({ send: `${command}\r\n`, data: command })));
    if (mode.startsWith('SIR') || mode.startsWith('SR')) requests.push({ send: `${mode}\r\n`, data: mode });
  }
  if (mode === 'S' || (mode.startsWith('SI') && !mode.startsWith('SIR')) || mode === 'SU')
    requests.push({ send: `${mode}\r\n`, data: mode });
  return requests;
}

export function downlink({ values }: Downlink): string | undefined {
  const { method = '', params = {} } = values as { method?: string; params?: Record<string, unknown> };
  const command = commandOf(method, params);
  if (command !== undefined && !/^[\x20-\xff]+$/.test(command))
    throw new Error('a command is one line of text');
  return command === undefined ? undefined : `${command}\r\n`;
}

function commandOf(method: string, params: Record<string, unknown>): string | undefined {
  const immediately = params.immediate === true ? 'I' : '';
  switch (method) {
    case 'zero':
      return `Z${immediately}`;
    case 'tare':
      return params.preset === undefined ? `T${immediately}` : `TA ${params.preset}`;
    case 'clearTare':
      return 'TAC';
    case 'weigh':
      return String(params.mode ?? 'SI');
    case 'display':
      return params.text ? `D "${String(params.text).replaceAll('"', '""')}"` : 'DW';
    case 'reset':
      return '@';
    case 'send':
      return String(params.command ?? '');
    default:
      return undefined;
  }
}
