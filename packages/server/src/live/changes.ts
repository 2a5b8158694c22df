/** What was changed by requests, and by whom: entries of the audit log as they are added, and the saved objects that they changed. */
import type { AuditEntryView, TopicRecords } from '@fairlead/api';

type ObjectChange = TopicRecords['objects'];

/** The object that an operation changes, by the id of the operation. */
const CHANGES: Readonly<Record<string, Pick<ObjectChange, 'kind' | 'action'>>> = {
  addDevice: { kind: 'device', action: 'added' },
  enrollDevice: { kind: 'device', action: 'added' },
  importDevices: { kind: 'device', action: 'added' },
  changeDevice: { kind: 'device', action: 'changed' },
  changeDevices: { kind: 'device', action: 'changed' },
  rotateDeviceToken: { kind: 'device', action: 'changed' },
  removeDevice: { kind: 'device', action: 'removed' },
  putProfile: { kind: 'profile', action: 'changed' },
  removeProfile: { kind: 'profile', action: 'removed' },
  ...ofDefinition('connection', 'Connection'),
  ...ofDefinition('task', 'Task'),
  ...ofDefinition('trigger', 'Trigger'),
  ...ofDefinition('job', 'Job'),
  ...ofDefinition('driver', 'Driver'),
  ...ofDefinition('user', 'User'),
  ...ofDefinition('token', 'Token'),
};

function ofDefinition(kind: ObjectChange['kind'], name: string) {
  return {
    [`add${name}`]: { kind, action: 'added' as const },
    [`put${name}`]: { kind, action: 'changed' as const },
    [`change${name}`]: { kind, action: 'changed' as const },
    [`remove${name}`]: { kind, action: 'removed' as const },
  };
}

type Push = (text: string) => void;

/** Tells those who listen; without listeners it costs one comparison per change. */
export class Changes {
  readonly #entries = new Set<Push>();
  readonly #objects = new Set<Push>();

  listenToEntries(push: Push): () => void {
    return joined(this.#entries, push);
  }

  listenToObjects(push: Push): () => void {
    return joined(this.#objects, push);
  }

  /** @param revision of the object now, if it has one */
  recorded(entry: AuditEntryView, revision?: string): void {
    if (this.#entries.size > 0) {
      const text = JSON.stringify(entry);
      for (const push of this.#entries) push(text);
    }
    const change = CHANGES[entry.action];
    if (change === undefined || entry.status >= 400 || this.#objects.size === 0) return;
    const { time, target: name, who } = entry;
    const text = JSON.stringify({ time, ...change, name, revision, who } satisfies ObjectChange);
    for (const push of this.#objects) push(text);
  }
}

function joined(listeners: Set<Push>, push: Push): () => void {
  const listener: Push = (text) => push(text);
  listeners.add(listener);
  return () => listeners.delete(listener);
}
