import { indiLimits } from '../limits.ts';
import type {
  AnyDefVector,
  AnySetVector,
  BlobValue,
  IndiMessage,
  NumberRange,
  Permission,
  PropertyState,
  PropertyType,
  SwitchRule,
} from '../wire/index.ts';

/** Text, a number, a switch that is on or off, or a BLOB; undefined: a BLOB that has not come yet. */
export type ElementValue = string | number | boolean | BlobValue | undefined;

/** One element of a property, as the server last told it. */
export interface Element extends Partial<NumberRange> {
  readonly name: string;
  readonly label: string;
  readonly value: ElementValue;
}

/** A property, as the server last told it. A change makes a new object: one that was taken stays as it is. */
export interface Property {
  readonly device: string;
  readonly name: string;
  readonly type: PropertyType;
  readonly label: string;
  readonly group: string;
  readonly state: PropertyState;
  readonly perm: Permission;
  /** Seconds after which a change that is Busy may be given up; 0: unknown. */
  readonly timeout: number;
  readonly rule?: SwitchRule | undefined;
  /** Unix milliseconds, where the server says. */
  readonly timestamp?: number | undefined;
  readonly elements: ReadonlyMap<string, Element>;
}

/** What a message from the server changed. */
export type Change =
  | {
      readonly kind: 'defined' | 'changed';
      readonly property: Property;
      readonly message?: string | undefined;
    }
  | { readonly kind: 'removed'; readonly device: string; readonly name: string }
  | {
      readonly kind: 'message';
      /** Absent: of the whole server. */
      readonly device?: string | undefined;
      readonly text: string;
      readonly timestamp?: number | undefined;
    };

/** Devices and their properties, built from what a server says. */
export class Model {
  readonly #devices = new Map<string, Map<string, Property>>();
  #count = 0;

  get devices(): string[] {
    return [...this.#devices.keys()];
  }

  property(device: string, name: string): Property | undefined {
    return this.#devices.get(device)?.get(name);
  }

  *properties(): Generator<Property> {
    for (const properties of this.#devices.values()) yield* properties.values();
  }

  /** Takes a message over; what it does not concern gives nothing. */
  apply(message: IndiMessage): Change[] {
    switch (message.tag) {
      case 'message': {
        const { device, message: text, timestamp } = message;
        return text === '' ? [] : [{ kind: 'message', device, text, timestamp }];
      }
      case 'delProperty':
        return this.remove(message.device, message.name);
      default:
        if (message.tag.startsWith('def')) return this.#define(message as AnyDefVector);
        if (message.tag.startsWith('set')) return this.#change(message as AnySetVector);
        return [];
    }
  }

  /** Forgets a property, or all of a device. */
  remove(device: string, name?: string): Change[] {
    const properties = this.#devices.get(device);
    const names = name === undefined ? [...(properties?.keys() ?? [])] : [name];
    const gone = names.filter((one) => properties?.delete(one));
    this.#count -= gone.length;
    if (properties?.size === 0) this.#devices.delete(device);
    return gone.map((one) => ({ kind: 'removed', device, name: one }));
  }

  #define(vector: AnyDefVector): Change[] {
    const { device, name, type, label, group, state, perm, timeout, rule, timestamp, message } = vector;
    let properties = this.#devices.get(device);
    if (!properties?.has(name)) {
      if (this.#count >= indiLimits.values.properties) return [];
      this.#count++;
      properties ??= new Map();
      this.#devices.set(device, properties);
    }
    const before = properties.get(name);
    const elements = new Map<string, Element>();
    for (const member of vector.members) {
      // A definition of a BLOB has no value: it keeps the one that came before.
      const value = 'value' in member ? member.value : before?.elements.get(member.name)?.value;
      elements.set(member.name, { ...member, value });
    }
    const property = {
      ...{ device, name, type, label, group, state, perm, timeout, rule, timestamp },
      elements,
    };
    properties.set(name, property);
    return [{ kind: 'defined', property, message }];
  }

  #change(vector: AnySetVector): Change[] {
    const { device, name, timestamp, message } = vector;
    const before = this.property(device, name);
    if (before === undefined || before.type !== vector.type) return [];
    const elements = new Map(before.elements);
    for (const member of vector.members) {
      const element = elements.get(member.name);
      if (element !== undefined) elements.set(member.name, { ...element, ...member });
    }
    const property = {
      ...before,
      elements,
      state: vector.state ?? before.state,
      timeout: vector.timeout ?? before.timeout,
      timestamp: timestamp ?? before.timestamp,
    };
    this.#devices.get(device)?.set(name, property);
    return [{ kind: 'changed', property, message }];
  }
}
