import { indiErrors } from '../catalogue.ts';
import type {
  AnyDefVector,
  AnyNewVector,
  AnySetVector,
  IndiMessage,
  NumberRange,
  Permission,
  PropertyState,
  PropertyType,
  PropertyValue,
  SwitchRule,
} from '../wire/index.ts';

/** The owner of a property: changes are sent to it. */
export interface PropertyHost {
  readonly name: string;
  /** Unix milliseconds. */
  now(): number;
  /** Sends to the clients. */
  toClients(message: IndiMessage): void;
}

/** Creates properties. A name follows the rules of INDI and is unique in its device. */
export interface PropertyMaker {
  texts<N extends string>(name: string, options: VectorOptions<'Text', N>): TextVector<N>;
  numbers<N extends string>(name: string, options: VectorOptions<'Number', N>): NumberVector<N>;
  switches<N extends string>(name: string, options: VectorOptions<'Switch', N>): SwitchVector<N>;
  lights<N extends string>(name: string, options: VectorOptions<'Light', N>): LightVector<N>;
  blobs<N extends string>(name: string, options: VectorOptions<'BLOB', N>): BlobVector<N>;
}

/** The declaration of a member. */
export type MemberOptions<T extends PropertyType> = {
  /** Default: the name. */
  readonly label?: string;
} & (T extends 'BLOB' ? unknown : { readonly value?: PropertyValue<T> }) &
  (T extends 'Number' ? Partial<NumberRange> : unknown);

export interface VectorOptions<T extends PropertyType, N extends string> {
  /** Default: the name. */
  readonly label?: string;
  /** The tab on which clients show it. Default "Main Control". */
  readonly group?: string;
  /** Default `rw`; lights are always `ro`. */
  readonly perm?: Permission;
  /** Of switches. Default `OneOfMany`. */
  readonly rule?: SwitchRule;
  readonly state?: PropertyState;
  /** Maximum duration of a change in seconds. Default 60. */
  readonly timeout?: number;
  /** Whether it is part of the saved configuration. Default false. */
  readonly persistent?: boolean;
  readonly members: Readonly<Record<N, MemberOptions<T>>>;
}

export type Values<T extends PropertyType, N extends string> = Record<N, PropertyValue<T>>;
/**
 * The result of a client's request. `'Ok'`, `'Busy'`, `'Idle'` or `'Alert'`: the values are applied and shown in that
 * state. true or nothing: like `'Ok'`. false: refused, `'Alert'`. `'shown'`: the handler has shown the property itself,
 * and nothing more is done. (The type contains a plain string, because the literal of an async function is widened to
 * one.)
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler may have no return statement
export type Outcome = string | boolean | void;
/** @param values all members, as they will be after the request */
export type NewHandler<T extends PropertyType, N extends string> = (
  values: Values<T, N>,
  vector: PropertyVector<T, N>,
) => Outcome | Promise<Outcome>;

interface MemberState {
  readonly label: string;
  value: PropertyValue;
  range: NumberRange;
}

const NO_BLOB = { size: 0, format: '', base64: Buffer.alloc(0) };
const INITIAL: { readonly [T in PropertyType]: PropertyValue<T> } = {
  Text: '',
  Number: 0,
  Switch: false,
  Light: 'Idle',
  BLOB: NO_BLOB,
};

/**
 * A property of a device: values of one type that change together. Change them with {@link set}, then send them to the
 * clients with {@link apply}. `texts()`, `numbers()`, `switches()`, `lights()` and `blobs()` of a device create one.
 */
export class PropertyVector<T extends PropertyType = PropertyType, N extends string = string> {
  readonly type: T;
  readonly name: string;
  readonly label: string;
  /** The tab on which clients show it. Change it before the property is defined. */
  group: string;
  readonly perm: Permission;
  readonly rule: SwitchRule | undefined;
  readonly timeout: number;
  readonly persistent: boolean;
  state: PropertyState;
  /** Whether it is defined for clients; set by `define()` and `remove()` of the device. */
  defined = false;
  handler: NewHandler<T, N> | undefined;
  readonly #host: PropertyHost;
  readonly #members = new Map<string, MemberState>();
  /** BLOBs that have not been sent yet: a change of the state does not send an image again. */
  readonly #unsent = new Set<string>();
  /** Bounds that have not been sent to clients yet. */
  #rangesChanged = false;

  constructor(host: PropertyHost, type: T, name: string, options: VectorOptions<T, N>) {
    this.#host = host;
    this.type = type;
    this.name = name;
    this.label = options.label ?? name;
    this.group = options.group ?? 'Main Control';
    this.perm = type === 'Light' ? 'ro' : (options.perm ?? 'rw');
    this.rule = type === 'Switch' ? (options.rule ?? 'OneOfMany') : undefined;
    this.timeout = options.timeout ?? 60;
    this.persistent = options.persistent ?? false;
    this.state = options.state ?? 'Idle';
    for (const [member, given] of Object.entries<MemberOptions<T>>(options.members)) {
      const { label, value, format, min, max, step } = given as MemberOptions<'Number'>;
      this.#members.set(member, {
        label: label ?? member,
        value: value ?? INITIAL[type],
        range: { format: format ?? '%g', min: min ?? 0, max: max ?? 0, step: step ?? 0 },
      });
    }
  }

  get names(): N[] {
    return [...this.#members.keys()] as N[];
  }

  has(member: string): member is N {
    return this.#members.has(member);
  }

  labelOf(member: N): string {
    return this.#member(member).label;
  }

  /** Of a number. */
  rangeOf(member: N): NumberRange {
    return this.#member(member).range;
  }

  get(member: N): PropertyValue<T> {
    return this.#member(member).value as PropertyValue<T>;
  }

  values(): Values<T, N> {
    return Object.fromEntries([...this.#members].map(([name, { value }]) => [name, value])) as Values<T, N>;
  }

  /**
   * Changes values without sending them. Throws `MEMBER_UNKNOWN`, and `INDI_NUMBER_INVALID` for a number that is not
   * finite; then nothing is changed.
   */
  set(values: Partial<Values<T, N>>): this {
    for (const name in values) this.#check(name, values[name]);
    for (const name in values) {
      const value = values[name];
      if (value === undefined) continue;
      this.#member(name).value = value;
      if (this.type === 'BLOB') this.#unsent.add(name);
    }
    return this;
  }

  /** Of switches: the first that is on. */
  get on(): N | undefined {
    for (const [name, { value }] of this.#members) if (value === true) return name as N;
    return undefined;
  }

  /** Of switches: turns one on and all others off, or all off. */
  turnOn(member?: N): this {
    for (const [name, state] of this.#members) state.value = name === member;
    return this;
  }

  /** Changes the bounds of a number. Clients get them with the next {@link apply}. */
  setRange(member: N, range: Partial<NumberRange>): this {
    const state = this.#member(member);
    state.range = { ...state.range, ...range };
    this.#rangesChanged = true;
    return this;
  }

  /**
   * Sends values and state to the clients, with an optional message for people. Nothing is sent while the property is
   * not defined.
   */
  apply(state: PropertyState = this.state, message?: string): void {
    this.state = state;
    if (this.defined) this.#host.toClients(this.change(message));
    this.#rangesChanged = false;
    this.#unsent.clear();
  }

  /**
   * {@link set} and {@link apply} in one. If {@link set} refuses a value, the values stay as they are and the state is
   * Alert.
   */
  update(values: Partial<Values<T, N>>, state: PropertyState = 'Ok', message?: string): void {
    try {
      this.set(values);
    } catch (error) {
      if (this.state !== 'Alert') this.apply('Alert');
      throw error;
    }
    this.apply(state, message);
  }

  /** Sets the handler for requests of clients. See {@link Outcome}. */
  onNew(handler: NewHandler<T, N>): this {
    this.handler = handler;
    return this;
  }

  definition(message?: string): AnyDefVector {
    const { type, name, label, group, state, perm, timeout, rule } = this;
    const members = [...this.#members].map(([member, { label, value, range }]) => ({
      name: member,
      label,
      value,
      ...(type === 'Number' && range),
    }));
    const head = { tag: `def${type}Vector`, type, device: this.#host.name, name, label, group, state, perm };
    return {
      ...head,
      timeout,
      rule,
      timestamp: this.#host.now(),
      message,
      members,
    } as unknown as AnyDefVector;
  }

  change(message?: string): AnySetVector {
    const { type, name, state, timeout } = this;
    const shown = [...this.#members].filter(([member]) => type !== 'BLOB' || this.#unsent.has(member));
    const members = shown.map(([member, { value, range }]) => {
      const { min, max, step } = range;
      return { name: member, value, ...(this.#rangesChanged && { min, max, step }) };
    });
    const head = { tag: `set${type}Vector`, type, device: this.#host.name, name, state };
    const timestamp = this.#host.now();
    return { ...head, timeout, timestamp, message, members } as unknown as AnySetVector;
  }

  /** The values as in a client's request; this is what a configuration saves. */
  toNewVector(): AnyNewVector {
    const { type, name } = this;
    const members = [...this.#members].map(([member, { value }]) => ({ name: member, value }));
    return {
      tag: `new${type}Vector`,
      type,
      device: this.#host.name,
      name,
      members,
    } as unknown as AnyNewVector;
  }

  #check(name: string, value: unknown): void {
    this.#member(name);
    if (this.type === 'Number' && value !== undefined && !Number.isFinite(value))
      throw indiErrors.error('INDI_NUMBER_INVALID', {
        member: name,
        property: this.name,
        value: String(value),
      });
  }

  #member(name: string): MemberState {
    const member = this.#members.get(name);
    if (member === undefined) throw indiErrors.error('MEMBER_UNKNOWN', { member: name, property: this.name });
    return member;
  }
}

export type TextVector<N extends string = string> = PropertyVector<'Text', N>;
export type NumberVector<N extends string = string> = PropertyVector<'Number', N>;
export type SwitchVector<N extends string = string> = PropertyVector<'Switch', N>;
export type LightVector<N extends string = string> = PropertyVector<'Light', N>;
export type BlobVector<N extends string = string> = PropertyVector<'BLOB', N>;
/** A property of any type, for code that does not need its members. */
// biome-ignore lint/suspicious/noExplicitAny: handlers take their own members, so vectors of different ones are not related
export type AnyProperty = PropertyVector<any, any>;
