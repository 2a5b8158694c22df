/** What things are before and after a request, so that the audit log can say what changed. */
import type { DefinitionKind } from '@fairlead/automation';
import type { ApiContext } from '../context.ts';
import { deviceDetail } from '../devices/views.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The thing of this name now; undefined: there is none. */
type Snapshot = (name: string) => Fields | undefined;

/** By the id of the operation that changes such a thing. The name is in the path or in the body. */
export function snapshots(context: ApiContext): ReadonlyMap<string, Snapshot> {
  const { store, automation } = context;

  const device: Snapshot = (name) => {
    const found = store.devices.get(name);
    if (found === undefined) return undefined;
    const {
      status,
      since,
      link,
      values,
      createdAt,
      revision,
      name: _name,
      ...lasting
    } = deviceDetail(found, context);
    return lasting;
  };
  const user: Snapshot = (name) => {
    const found = store.users.get(name);
    return found && { role: found.role, hasPassword: found.password !== undefined };
  };
  const apiToken: Snapshot = (name) => {
    const found = store.apiTokens.get(name);
    return found && { scopes: found.scopes, expiresAt: found.expiresAt };
  };
  const profile: Snapshot = (name) => {
    const [newest] = store.profiles.versions(name);
    return newest && { content: newest.content };
  };
  /** With secrets masked, so that a change of a secret does not show. */
  const definition =
    (kind: DefinitionKind): Snapshot =>
    (name) => ({ ...automation.get(kind, name).definition });

  const all: Record<string, Snapshot> = {
    addDevice: device,
    changeDevice: device,
    removeDevice: device,
    enrollDevice: device,
    addUser: user,
    changeUser: user,
    removeUser: user,
    addToken: apiToken,
    removeToken: apiToken,
    putProfile: profile,
    removeProfile: profile,
  };
  for (const [kind, Kind] of [
    ['connection', 'Connection'],
    ['task', 'Task'],
    ['trigger', 'Trigger'],
    ['job', 'Job'],
  ] as const)
    for (const verb of ['add', 'put', 'remove']) all[verb + Kind] = definition(kind);
  return new Map(Object.entries(all));
}
