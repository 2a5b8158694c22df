import { devices } from './0001-devices.ts';
import { telemetry } from './0002-telemetry.ts';
import { settings } from './0003-settings.ts';
import { automation } from './0004-automation.ts';
import { runDetail } from './0005-run-detail.ts';
import { runsByKind } from './0006-runs-by-kind.ts';
import { waitingStarts } from './0007-waiting-starts.ts';
import { protocols } from './0012-protocols.ts';
import { namedProfiles } from './0013-profiles.ts';
import { stateAndInbox } from './0014-state-and-inbox.ts';
import { downlinks } from './0015-downlinks.ts';
import { desired } from './0016-desired.ts';
import { apiTokens } from './0017-api-tokens.ts';
import { users } from './0018-users.ts';
import { audit } from './0019-audit.ts';
import { ratesAndCertificates } from './0020-rates-and-certificates.ts';
import { revisions } from './0021-revisions.ts';

/**
 * The way from an empty database to the present format: entry `n - 1` leads from format `n - 1` to format `n`, which
 * SQLite's `user_version` records. A released entry is never changed; a new format is a new entry at the end.
 */
export const migrations: readonly string[] = [
  devices,
  telemetry,
  settings,
  automation,
  runDetail,
  runsByKind,
  waitingStarts,
  protocols,
  namedProfiles,
  stateAndInbox,
  downlinks,
  desired,
  apiTokens,
  users,
  audit,
  ratesAndCertificates,
  revisions,
];
