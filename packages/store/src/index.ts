export type { RunQuery, StoredDefinition, StoredRun } from './automation.ts';
export { storeErrors } from './catalogue.ts';
export { type DeviceDefinition, type DevicePatch, isDeviceName } from './definition.ts';
export type { DevicePage } from './devices.ts';
export type { ImportItem, ImportResult } from './import.ts';
export { storeLimits } from './limits.ts';
export type { LoggedMessage, MessagePage, MessagesStats } from './messages.ts';
export type { Presence, StaleDevice } from './presence.ts';
export {
  openStore,
  type Store,
  type StoreAutomation,
  type StoreDevices,
  type StoreMessages,
  type StoreObserver,
  type StoreOptions,
  type StorePresence,
  type StoreProfiles,
  type StoreSettings,
  type StoreStats,
  type StoreValues,
} from './store.ts';
export type {
  AddedDevice,
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
export type { LatestValue, LatestValues, ValuesStats } from './values.ts';
