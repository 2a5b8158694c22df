export type { ApiToken, NewApiToken } from './access/api-tokens.ts';
export type { AuditEntry, AuditQuery, NewAuditEntry } from './access/audit.ts';
export type { Session } from './access/sessions.ts';
export type { User } from './access/users.ts';
export type { RunQuery, StoredDefinition, StoredRun } from './automation/automation.ts';
export { storeErrors } from './catalogue.ts';
export { isDeviceName } from './check.ts';
export type { StoredDesired } from './desired/desired.ts';
export type { BulkEdit, DeviceFilter } from './devices/bulk-edit.ts';
export { certificatesOf, type DeviceDefinition, type DevicePatch } from './devices/definition.ts';
export type { DevicePage } from './devices/devices.ts';
export type { ImportItem, ImportResult } from './devices/import.ts';
export type { DownlinkQuery, DownlinksStats, KeptDownlink } from './downlinks/downlinks.ts';
export type { HistoryOptions, HistoryStats } from './history/history.ts';
export type { HistoryBucket, HistoryMessage, HistoryPage, HistoryRange } from './history/query.ts';
export type { InboxEntry } from './inbox/inbox.ts';
export { storeLimits } from './limits.ts';
export {
  checkUnlocked,
  databaseFormat,
  type ExaminedDatabase,
  examineDatabase,
  historyFormat,
  lockDatabase,
} from './offline.ts';
export type { NamedProfile, ProfileVersion } from './profiles/named-profiles.ts';
export {
  openStore,
  type Store,
  type StoreApiTokens,
  type StoreAudit,
  type StoreAutomation,
  type StoreDesired,
  type StoreDeviceState,
  type StoreDevices,
  type StoreDownlinks,
  type StoreHistory,
  type StoreInbox,
  type StoreMessages,
  type StoreObserver,
  type StoreOptions,
  type StorePresence,
  type StoreProfiles,
  type StoreSessions,
  type StoreSettings,
  type StoreStats,
  type StoreUsers,
  type StoreValues,
} from './store.ts';
export type { LoggedMessage, MessagePage, MessagesStats } from './telemetry/messages.ts';
export type { Presence, StaleDevice } from './telemetry/presence.ts';
export type { LatestValue, LatestValues, ValuesStats } from './telemetry/values.ts';
export type {
  AddedDevice,
  Device,
  DeviceRef,
  DeviceType,
  Health,
  MessageKind,
  Profile,
  ProfileContent,
  ProfileFiles,
  ProfileIdentity,
  ProfileReader,
  ProfileTerms,
  Protocol,
  Status,
  StatusChange,
  Uplink,
} from './types.ts';
