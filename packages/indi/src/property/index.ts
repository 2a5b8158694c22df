/** The properties of a device, and the interfaces for its parts and connections. */
export type { DeviceLink, InquiryOptions, RequestOptions } from './device-link.ts';
export type { DeviceHost } from './host.ts';
export type { DeviceLog, LogLevel } from './log.ts';
export {
  type AnyProperty,
  type BlobVector,
  type LightVector,
  type MemberOptions,
  type NewHandler,
  type NumberVector,
  type Outcome,
  PropertyVector,
  type SwitchVector,
  type TextVector,
  type Values,
  type VectorOptions,
} from './property.ts';
