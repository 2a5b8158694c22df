export { storeErrors } from './catalogue.ts';
export { type DeviceDefinition, type DevicePatch, isDeviceName } from './definition.ts';
export type { AddedDevice, DevicePage, Devices } from './devices.ts';
export type { ImportItem, ImportResult } from './import.ts';
export { storeLimits } from './limits.ts';
export type { LoggedMessage, MessagePage, Messages, MessagesStats } from './messages.ts';
export type { Presence, PresenceStore, StaleDevice } from './presence.ts';
export type { Profiles } from './profiles.ts';
export type { Settings } from './settings.ts';
export { openStore, type Store, type StoreObserver, type StoreOptions, type StoreStats } from './store.ts';
export type {
  Device,
  DeviceRef,
  DeviceType,
  Health,
  Log,
  MessageKind,
  Profile,
  ProfileContent,
  Protocol,
  Status,
  StatusChange,
  Uplink,
} from './types.ts';
export type { LatestValue, LatestValues, Values, ValuesStats } from './values.ts';
