/** Every operation of the HTTP API, by resource. */
import { audit } from './resources/audit.ts';
import { connections, jobs, tasks, triggers } from './resources/automation.ts';
import { openBackup } from './resources/backup.ts';
import { captures, exportCapture, replayCapture } from './resources/captures.ts';
import { desired } from './resources/desired.ts';
import { devices } from './resources/devices.ts';
import { downlinks } from './resources/downlinks.ts';
import { drivers } from './resources/drivers.ts';
import { explain } from './resources/explain.ts';
import { history } from './resources/history.ts';
import { importDevices } from './resources/import.ts';
import { inbox } from './resources/inbox.ts';
import { links, listeners } from './resources/links.ts';
import { live } from './resources/live.ts';
import { lockouts } from './resources/lockouts.ts';
import { messages } from './resources/messages.ts';
import { profiles } from './resources/profiles.ts';
import { runs } from './resources/runs.ts';
import { service } from './resources/service.ts';
import { sessions } from './resources/sessions.ts';
import { openStream, openTap } from './resources/stream.ts';
import { tokens } from './resources/tokens.ts';
import { users } from './resources/users.ts';

export const operations = {
  devices: { ...devices, import: importDevices },
  profiles,
  explain,
  inbox,
  desired,
  downlinks,
  messages,
  history,
  links,
  listeners,
  captures,
  connections,
  tasks,
  triggers,
  jobs,
  runs,
  drivers,
  users,
  sessions,
  lockouts,
  tokens,
  audit,
  service,
  backup: { open: openBackup },
  stream: { open: openStream, tap: openTap, live: live.open, capture: exportCapture, replay: replayCapture },
  live: { setTopics: live.setTopics, records: live.records },
};
