/**
 * The elements of INDI 1.7 as values; `tag` tells them apart.
 *
 *     client -> driver   getProperties  enableBLOB  new*Vector  pingReply
 *     driver -> client   def*Vector  set*Vector  message  delProperty  pingRequest  (getProperties, to snoop)
 */

export type PropertyState = 'Idle' | 'Ok' | 'Busy' | 'Alert';
export type SwitchRule = 'OneOfMany' | 'AtMostOne' | 'AnyOfMany';
export type Permission = 'ro' | 'wo' | 'rw';
export type PropertyType = 'Text' | 'Number' | 'Switch' | 'Light' | 'BLOB';
export type BlobPolicy = 'Never' | 'Also' | 'Only';

/** The version of the protocol that this library uses. */
export const INDI_VERSION = '1.7';

/** A BLOB as it is sent: `base64` contains the bytes between the tags. `blobValue` makes it, `blobData` reads it. */
export interface BlobValue {
  /** Size of the decoded and decompressed BLOB in bytes. */
  readonly size: number;
  /** `.fits`, `.jpg`; ends with `.z` if the bytes are compressed. */
  readonly format: string;
  readonly base64: Buffer;
  /** The bytes were sent as a file descriptor outside the stream, which Node cannot receive. */
  readonly attached?: boolean;
}

interface ValueOf {
  readonly Text: string;
  readonly Number: number;
  readonly Switch: boolean;
  readonly Light: PropertyState;
  readonly BLOB: BlobValue;
}
export type PropertyValue<T extends PropertyType = PropertyType> = ValueOf[T];

export interface Member<T extends PropertyType = PropertyType> {
  readonly name: string;
  readonly value: PropertyValue<T>;
}

/** The range of a number in a definition. `min` equal to `max`: no bounds. */
export interface NumberRange {
  /** printf, or `%<w>.<f>m`; for display only. */
  readonly format: string;
  readonly min: number;
  readonly max: number;
  /** 0: any value. */
  readonly step: number;
}

export type DefMember<T extends PropertyType = PropertyType> = {
  readonly name: string;
  readonly label: string;
} & (T extends 'BLOB' ? unknown : { readonly value: PropertyValue<T> }) &
  (T extends 'Number' ? NumberRange : unknown);

interface Note {
  /** Unix milliseconds. */
  readonly timestamp?: number | undefined;
  readonly message?: string | undefined;
}

/**
 * A definition: `defTextVector` and the other types. Lights have neither `perm` nor `timeout`; only switches have a
 * rule.
 */
interface DefVector<T extends PropertyType = PropertyType> extends Note {
  readonly tag: `def${T}Vector`;
  readonly type: T;
  readonly device: string;
  readonly name: string;
  readonly label: string;
  readonly group: string;
  readonly state: PropertyState;
  readonly perm: Permission;
  /** Seconds after which a client may consider a Busy change as failed; 0: unknown. */
  readonly timeout: number;
  readonly rule?: SwitchRule | undefined;
  readonly members: readonly DefMember<T>[];
}

/** A change: `setTextVector` and the other types. Without `state` or `timeout` these keep their values. */
interface SetVector<T extends PropertyType = PropertyType> extends Note {
  readonly tag: `set${T}Vector`;
  readonly type: T;
  readonly device: string;
  readonly name: string;
  readonly state?: PropertyState | undefined;
  readonly timeout?: number | undefined;
  readonly members: readonly (Member<T> & Partial<Pick<NumberRange, 'min' | 'max' | 'step'>>)[];
}

export type SettableType = Exclude<PropertyType, 'Light'>;

/** A request: `newTextVector` and the other types. */
interface NewVector<T extends SettableType = SettableType> {
  readonly tag: `new${T}Vector`;
  readonly type: T;
  readonly device: string;
  readonly name: string;
  readonly timestamp?: number | undefined;
  readonly members: readonly Member<T>[];
}

/** Requests definitions: of everything, of one device, or of one property. */
export interface GetProperties {
  readonly tag: 'getProperties';
  /** Absent if the peer named no version. */
  readonly version?: string | undefined;
  readonly device?: string | undefined;
  readonly name?: string | undefined;
}

interface DelProperty extends Note {
  readonly tag: 'delProperty';
  readonly device: string;
  /** Absent: all properties of the device. */
  readonly name?: string | undefined;
}

interface MessageElement extends Note {
  readonly tag: 'message';
  /** Absent: the message is from the server. */
  readonly device?: string | undefined;
  readonly message: string;
}

interface EnableBlob {
  readonly tag: 'enableBLOB';
  readonly device: string;
  /** Absent: all properties of the device. */
  readonly name?: string | undefined;
  readonly policy: BlobPolicy;
}

export interface Ping {
  readonly tag: 'pingRequest' | 'pingReply';
  readonly uid: string;
}

type Each<T extends PropertyType, V extends 'def' | 'set' | 'new'> = T extends PropertyType
  ? V extends 'def'
    ? DefVector<T>
    : V extends 'set'
      ? SetVector<T>
      : T extends SettableType
        ? NewVector<T>
        : never
  : never;
export type AnyDefVector = Each<PropertyType, 'def'>;
export type AnySetVector = Each<PropertyType, 'set'>;
export type AnyNewVector = Each<PropertyType, 'new'>;

export type IndiMessage =
  | GetProperties
  | AnyDefVector
  | AnySetVector
  | AnyNewVector
  | DelProperty
  | MessageElement
  | EnableBlob
  | Ping;
