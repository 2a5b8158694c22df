export { apiErrors } from './catalogue.ts';
export {
  type AnswerOf,
  type ApiClient,
  type CallOptions,
  type ClientOptions,
  createClient,
} from './client/client.ts';
export type { FollowOptions, TapOptions } from './client/follow.ts';
export type { Fetch, Revision } from './client/http.ts';
export type { LiveEvent, LiveFollower, LiveOptions, Skipped } from './client/live.ts';
export { type Conflict, conflictOf } from './conflict.ts';
export { compileFilter, type Filterable, filterFields } from './filter/match.ts';
export { parseFilter } from './filter/parse.ts';
export { apiLimits } from './limits.ts';
export {
  isRecordTopic,
  isStateTopic,
  parseTopic,
  type RecordTopic,
  type StateTopic,
  type StateValues,
  stateTopics,
  type Topic,
  type TopicRecords,
  topicScope,
} from './live/topics.ts';
export { parseMoment } from './moment.ts';
export { API_BASE, type Operation } from './operation.ts';
export { operations } from './operations.ts';
export { PROBLEM_TYPE, type Problem, ProblemError, parseProblem, problemSchema } from './problem.ts';
export type { AuditEntryView } from './resources/audit.ts';
export { DEPTH_HEADER, type JobView, type TriggerView } from './resources/automation.ts';
export { BACKUP_TYPE } from './resources/backup.ts';
export type { CaptureView, ReplayLineView } from './resources/captures.ts';
export type { DefinitionView } from './resources/definitions.ts';
export type { DesiredView } from './resources/desired.ts';
export {
  type AddedDevice,
  type DeviceChanges,
  type DeviceDetail,
  type DeviceFilterInput,
  type DevicesChanged,
  type DeviceView,
  type DeviceWhy,
  definitionSchema,
  type NewDevice,
  profileKeys,
} from './resources/devices.ts';
export type { KeptDownlinkView, Receipt } from './resources/downlinks.ts';
export {
  type DriverClientsView,
  type DriverView,
  driverCommand,
  driverDevice,
  driverName,
  type PropertyView,
} from './resources/drivers.ts';
export type { ExplainedFrameView, ExplanationView } from './resources/explain.ts';
export type { HistoryBucketView, HistorySampleView } from './resources/history.ts';
export { type ImportResult, NDJSON_TYPE } from './resources/import.ts';
export type { Enrolled, InboxEntryView } from './resources/inbox.ts';
export type { LinkView, ListenerView } from './resources/links.ts';
export type { LiveEventView } from './resources/live.ts';
export type { LockoutView } from './resources/lockouts.ts';
export type { MessageView } from './resources/messages.ts';
export type { ProfileDetail, ProfileStored, ProfileView } from './resources/profiles.ts';
export type { OutputLine, RunDetail, RunView } from './resources/runs.ts';
export type { Readiness, ServiceStatus } from './resources/service.ts';
export { CSRF_HEADER, type SessionView, type SignedIn } from './resources/sessions.ts';
export { EVENT_STREAM_TYPE, LAST_EVENT_ID, type StreamEvent, type TapEventView } from './resources/stream.ts';
export type { ApiTokenView } from './resources/tokens.ts';
export type { UserView } from './resources/users.ts';
export {
  allows,
  type Need,
  ROLES,
  type Role,
  roleScope,
  SCOPES,
  type Scope,
  scopeMeaning,
} from './scopes.ts';
