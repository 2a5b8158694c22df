/**
 * PJLink, the control of projectors: lines that end with CR.
 *
 *     projector   PJLINK 0            no password
 *                 PJLINK 1 SEED       the first command begins with MD5(SEED password) in hex
 *     host        %1POWR ?            % CLASS COMMAND blank PARAMETER
 *     projector   %1POWR=1            the value, OK, or ERR1 to ERR4
 *
 * Sources: PJLink specification class 1 version 1.04 and class 2 version 2.00.
 */
import { hex, md5, utf8, utf8Bytes } from 'fairlead:helpers';

type Values = Record<string, unknown>;
interface Context {
  state: { greeted?: boolean; known?: boolean };
  parameters: { password?: string; classTwo?: boolean };
  secret?: string;
}

const failures: Record<string, string> = {
  ERR1: 'unknown command',
  ERR2: 'out of parameter',
  ERR3: 'not possible at this time',
  ERR4: 'projector failure',
  ERRA: 'wrong password',
};

const powerStates = ['off', 'on', 'cooling', 'warmup'];
const inputKinds = ['', 'rgb', 'video', 'digital', 'storage', 'network', 'internal'];
const parts = ['fan', 'lamp', 'temperature', 'cover', 'filter', 'other'];
const levels = ['ok', 'warning', 'error'];

// --- answers --------------------------------------------------------------------------------------------------------------

function matched(value: string, form: RegExp): RegExpExecArray {
  const match = form.exec(value);
  if (match === null) throw new Error(`not an answer to this command: ${value.slice(0, 40)}`);
  return match;
}

const plain =
  (key: string) =>
  (value: string): Values => ({ [key]: value });

function number(key: string) {
  return (value: string): Values => ({ [key]: Number(matched(value, /^\d{1,9}$/)[0]) });
}

function input(value: string): Values {
  matched(value, /^[1-6][1-9A-Z]$/);
  return { input: value, inputKind: inputKinds[Number(value[0])] };
}

function mute(value: string): Values {
  const [, what, on] = matched(value, /^([123])([01])$/);
  const muted = on === '1';
  return {
    videoMuted: muted && what !== '2',
    audioMuted: muted && what !== '1',
  };
}

function errors(value: string): Values {
  matched(value, /^[012]{6}$/);
  const states = Object.fromEntries(parts.map((part, i) => [part, levels[Number(value[i])]]));
  return { errors: states, ...(value.includes('2') && { alarm: 'fault' }) };
}

function lamps(value: string): Values {
  matched(value, /^\d{1,5} [01]( \d{1,5} [01]){0,7}$/);
  const words = value.split(' ');
  const list: { hours: number; on: boolean }[] = [];
  for (let i = 0; i < words.length; i += 2) list.push({ hours: Number(words[i]), on: words[i + 1] === '1' });
  return { lamps: list, lampHours: list[0]?.hours };
}

const answers: Record<string, (value: string) => Values> = {
  POWR: (value) => ({ powerState: powerStates[Number(matched(value, /^[0-3]$/)[0])] }),
  INPT: input,
  AVMT: mute,
  ERST: errors,
  LAMP: lamps,
  INST: (value) => ({ inputs: value.split(' ') }),
  NAME: plain('name'),
  INF1: plain('maker'),
  INF2: plain('model'),
  INFO: plain('information'),
  CLSS: number('pjlinkClass'),
  SNUM: plain('serial'),
  SVER: plain('firmware'),
  IRES: plain('resolution'),
  RRES: plain('recommendedResolution'),
  FILT: number('filterHours'),
  FREZ: (value) => ({ frozen: matched(value, /^[01]$/)[0] === '1' }),
};

/** The first command asks for the power, behind the digest where the projector wants one. */
function greeting(line: string, ctx: Context) {
  if (line === 'PJLINK ERRA') return { values: { error: 'ERRA', errorName: failures.ERRA } };
  const [, auth, seed] = matched(line, /^PJLINK (?:([01])(?: ([0-9a-f]{8}))?)$/i);
  if ((auth === '1') !== (seed !== undefined)) throw new Error(`a greeting that contradicts itself: ${line}`);
  ctx.state.greeted = true;
  const password = ctx.secret ?? ctx.parameters.password ?? '';
  const digest = seed === undefined ? '' : hex(md5(utf8Bytes(seed + password)));
  return { values: { auth: auth === '1', ...(seed && { seed }) }, reply: `${digest}%1POWR ?\r` };
}

export function uplink(bytes: Uint8Array, ctx: Context) {
  const line = utf8(bytes).replace(/^\n/, '').trimEnd();
  if (line === '') return undefined;
  if (line.startsWith('PJLINK ')) return greeting(line, ctx);
  const [, digit, command = '', value = ''] = matched(line, /^%([12])([0-9A-Z]{4})=(.*)$/i);
  const name = command.toUpperCase();
  const head = { class: Number(digit), command: name, value };
  if (failures[value] !== undefined)
    return {
      values: { ...head, error: value, errorName: failures[value], accepted: false },
      answers: name,
      refused: failures[value],
    };
  if (value === 'OK') return { values: { ...head, accepted: true }, answers: name };
  return { values: { ...head, ...answers[name]?.(value) } };
}

// --- questions and commands -----------------------------------------------------------------------------------------------

const once = ['1CLSS', '1NAME', '1INF1', '1INF2', '1INFO', '1INST'];
const often = ['1POWR', '1INPT', '1AVMT', '1ERST', '1LAMP'];
const onceTwo = ['2SNUM', '2SVER'];
const oftenTwo = ['2FILT', '2FREZ', '2IRES'];

export function poll({ state, parameters }: Context) {
  if (!state.greeted) return undefined;
  const two = parameters.classTwo === true;
  const names = [
    ...(state.known ? [] : [...once, ...(two ? onceTwo : [])]),
    ...often,
    ...(two ? oftenTwo : []),
  ];
  state.known = true;
  return names.map((name) => ({
    send: `%${name} ?\r`,
    expect: [{ at: 0, bytes: hex(utf8Bytes(`%${name}=`)) }],
    data: name,
  }));
}

function one(table: Record<string, string>, name: string, value: unknown): string {
  const found = table[String(value)];
  if (found === undefined) throw new Error(`${name} must be one of ${Object.keys(table).join(', ')}`);
  return found;
}

const switched = (on: unknown): string => one({ true: '1', false: '0' }, 'on', on);

const commands: Record<string, (params: Values) => string> = {
  power: ({ on }) => `%1POWR ${switched(on)}`,
  input: (params) => `%1INPT ${matched(String(params.input).toUpperCase(), /^[1-6][1-9A-Z]$/)[0]}`,
  mute: ({ what = 'both', on }) =>
    `%1AVMT ${one({ video: '1', audio: '2', both: '3' }, 'what', what)}${switched(on)}`,
  freeze: ({ on }) => `%2FREZ ${switched(on)}`,
  volume: ({ direction }) => `%2SVOL ${one({ up: '1', down: '0' }, 'direction', direction)}`,
  query: (params) => {
    const command = matched(String(params.command).toUpperCase(), /^[0-9A-Z]{4}$/)[0];
    return `%${params.class === 2 ? 2 : 1}${command} ?`;
  },
};

export function downlink({ values }: { values: { method?: unknown; params?: Values } }, { state }: Context) {
  if (!state.greeted) throw new Error('the projector has not greeted yet');
  const command = commands[String(values.method)];
  if (command === undefined) throw new Error(`no such command: ${values.method}`);
  const text = command(values.params ?? {});
  const name = text.slice(0, 6);
  return { send: `${text}\r`, id: text.slice(2, 6), expect: [{ at: 0, bytes: hex(utf8Bytes(`${name}=`)) }] };
}
