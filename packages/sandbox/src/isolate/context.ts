/**
 * The second argument of a script's functions. A line of text tells it:
 * `<time> <JSON of what stays the same>`, and behind tabs, where there are any, the JSON of `state`, `deviceState`, `request` and
 * `parameters`; for the last there may be `#` and the number by which the process has them. These are read when the script asks for them, so that a wrong one harms nobody else.
 */
import { TooLarge } from './failure.ts';
import {
  cut,
  find,
  freeze,
  keys,
  mapClear,
  mapGet,
  mapSet,
  own,
  parse,
  split,
  toNumber,
} from './intrinsics.ts';
import { type Bounds, jsonOf } from './render.ts';

type StateBounds = Bounds & { state: number };

/** What the calls of one device have in common. */
interface Fixed {
  readonly device: string;
  readonly type: string;
  readonly topic: string;
  readonly identity?: string;
  readonly link?: string;
  readonly secret?: string;
}

const EMPTY = '{}';
const NO_TEXTS = own(['', '', '', '']);

/** What belongs to one call, and is handed from frame to frame. */
export class Call {
  readonly fixed: Fixed;
  readonly time: number;
  readonly request: string;
  readonly parameters: string;
  readonly contexts: Contexts;
  /** JSON, as the last frame that did not fail left it. */
  state: string;
  deviceState: string;

  /** @param texts JSON, or nothing: of the state, the device's state, the request, the parameters */
  constructor(contexts: Contexts, fixed: Fixed, time: number, texts: readonly string[]) {
    this.contexts = contexts;
    this.fixed = fixed;
    this.time = time;
    this.state = texts[0] || EMPTY;
    this.deviceState = texts[1] || EMPTY;
    this.request = texts[2] as string;
    this.parameters = texts[3] as string;
  }
}

/** `ctx` of one frame: a fresh object, so that a script cannot pass anything on in it. What costs is made when it is asked for. */
export class Context {
  readonly device: string;
  readonly type: string;
  readonly topic: string;
  readonly time: number;
  declare readonly identity?: string;
  declare readonly link?: string;
  declare readonly secret?: string;
  readonly #call: Call;
  #state: unknown;
  #deviceState: unknown;
  #request: unknown;

  constructor(call: Call) {
    const { fixed } = call;
    this.device = fixed.device;
    this.type = fixed.type;
    this.topic = fixed.topic;
    this.time = call.time;
    this.#call = call;
    if (fixed.identity !== undefined) this.identity = fixed.identity;
    if (fixed.link !== undefined) this.link = fixed.link;
    if (fixed.secret !== undefined) this.secret = fixed.secret;
  }

  get state(): unknown {
    this.#state ??= parse(this.#call.state);
    return this.#state;
  }

  set state(value: unknown) {
    this.#state = value ?? {};
  }

  get deviceState(): unknown {
    this.#deviceState ??= parse(this.#call.deviceState);
    return this.#deviceState;
  }

  set deviceState(value: unknown) {
    this.#deviceState = value ?? {};
  }

  /** Shared by the frames of a device, and therefore frozen. */
  get parameters(): object {
    return this.#call.contexts.parameters(this.#call.parameters);
  }

  get request(): unknown {
    if (this.#request === undefined && this.#call.request !== '') this.#request = parse(this.#call.request);
    return this.#request;
  }

  /** Keeps what the script changed for the next frame, and reports it. Throws a Refusal, and then keeps nothing. */
  static keep(context: Context, bounds: StateBounds): string {
    if (context.#state === undefined && context.#deviceState === undefined) return '';
    const call = context.#call;
    const state = changed(context.#state, call.state, 'state', bounds);
    const deviceState = changed(context.#deviceState, call.deviceState, 'deviceState', bounds);
    let report = state === undefined && deviceState === undefined ? Context.used(context) : '';
    if (state !== undefined) {
      call.state = state;
      report = `S${state}\n`;
    }
    if (deviceState !== undefined) {
      call.deviceState = deviceState;
      report += `D${deviceState}\n`;
    }
    return report;
  }

  /** Tells whether the script looked at a state. */
  static used(context: Context): string {
    return context.#state === undefined && context.#deviceState === undefined ? '' : 'u\n';
  }
}
// A script finds the class of Object there, as with any plain object.
Reflect.deleteProperty(Context.prototype, 'constructor');
/** Taken before a script can see the class. */
export const { keep, used } = Context;

function changed(value: unknown, before: string, name: string, bounds: StateBounds): string | undefined {
  if (value === undefined) return undefined;
  const json = jsonOf(value, `ctx.${name}`, bounds);
  if (json === before) return undefined;
  if (json.length > bounds.state) throw new TooLarge(`ctx.${name}`, json.length, bounds.state);
  return json;
}

/** Most devices whose part that stays the same is kept. */
const MOST_KNOWN = 1_000;
/** Of the parameters that are kept: most of them, and most characters of their texts. */
const MOST_PARAMETERS = 10_000;
const MOST_TEXT = 2 ** 21;

/** Reads the lines that tell the calls. */
export class Contexts {
  readonly #known = new Map<string, Fixed>();
  readonly #parametersOf: (number: number) => string;
  readonly #parameters = new Map<string, object>();
  /** Characters of the texts of these. */
  #text = 0;

  constructor(parametersOf: (number: number) => string) {
    this.#parametersOf = parametersOf;
  }

  read(line: string): Call {
    const space = find(line, ' ');
    const time = toNumber(cut(line, 0, space));
    const tab = find(line, '\t');
    if (tab < 0) return new Call(this, this.#fixed(cut(line, space + 1)), time, NO_TEXTS);
    return new Call(this, this.#fixed(cut(line, space + 1, tab)), time, split(cut(line, tab + 1), '\t'));
  }

  /** @param name JSON, nothing, or `#` and a number */
  parameters(name: string): object {
    let parameters = mapGet(this.#parameters, name);
    if (parameters === undefined) {
      const text = name[0] === '#' ? this.#parametersOf(toNumber(cut(name, 1))) : name || EMPTY;
      parameters = frozen(parse(text)) as object;
      this.#text += text.length;
      if (this.#parameters.size >= MOST_PARAMETERS || this.#text > MOST_TEXT) {
        mapClear(this.#parameters);
        this.#text = text.length;
      }
      mapSet(this.#parameters, name, parameters);
    }
    return parameters;
  }

  #fixed(json: string): Fixed {
    let fixed = mapGet(this.#known, json);
    if (fixed === undefined) {
      if (this.#known.size >= MOST_KNOWN) this.#known.clear();
      fixed = parse(json) as Fixed;
      mapSet(this.#known, json, fixed);
    }
    return fixed;
  }
}

function frozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const names = keys(value);
  for (let i = 0; i < names.length; i++) frozen((value as Record<string, unknown>)[names[i] as string]);
  return freeze(value);
}
