import { type FairleadError, isFairleadError } from '@fairlead/core';
import { automationErrors } from '../catalogue.ts';
import { automationLimits } from '../limits.ts';
import type { AutomationStore, DefinitionKind, StoredDefinition } from '../ports.ts';
import type { Vault } from '../secret/vault.ts';
import { checkDefinition, checkName, type Definitions } from './schema.ts';

/** A definition under its name. */
export interface Named<K extends DefinitionKind> {
  readonly name: string;
  /** Unix milliseconds. */
  readonly changedAt: number;
  /** Of its latest change. */
  readonly revision: number;
  readonly definition: Definitions[K];
}

/** Saved definitions, encrypted in the store. */
export class DefinitionRepository {
  readonly #store: AutomationStore;
  readonly #vault: Vault;

  constructor(store: AutomationStore, vault: Vault) {
    this.#store = store;
    this.#vault = vault;
  }

  /** All of a kind by name. Throws SECRET_UNREADABLE if there are some and none can be read: the key is wrong. */
  list<K extends DefinitionKind>(kind: K): Named<K>[] {
    const { found, broken } = this.read(kind);
    if (found.length === 0 && broken[0] !== undefined) throw broken[0];
    return found;
  }

  /** All readable definitions of a kind, by name, and the errors of the others. */
  read<K extends DefinitionKind>(kind: K): { found: Named<K>[]; broken: FairleadError[] } {
    const found: Named<K>[] = [];
    const broken: FairleadError[] = [];
    for (const row of this.#store.definitions(kind)) {
      try {
        found.push(this.#opened(kind, row));
      } catch (error) {
        if (!isFairleadError(error)) throw error;
        broken.push(error);
      }
    }
    return { found: found.sort((a, b) => (a.name < b.name ? -1 : 1)), broken };
  }

  find<K extends DefinitionKind>(kind: K, name: string): Named<K> | undefined {
    const row = this.#store.definition(kind, this.#vault.idOf(kind, name));
    return row === undefined ? undefined : this.#opened(kind, row);
  }

  revision(kind: DefinitionKind, name: string): number | undefined {
    return this.#store.definition(kind, this.#vault.idOf(kind, name))?.revision;
  }

  /**
   * Throws DEFINITION_UNKNOWN.
   * @param pointer JSON pointer to the name, if it is a field of another definition
   */
  get<K extends DefinitionKind>(kind: K, name: string, pointer?: string): Named<K> {
    const found = this.find(kind, name);
    if (found === undefined) throw automationErrors.error('DEFINITION_UNKNOWN', { kind, name, pointer });
    return found;
  }

  /**
   * Saves a definition. Throws DEFINITION_INVALID, RULES_INVALID, DEFINITION_UNKNOWN for a connection that is not there,
   * and with `add` DEFINITION_EXISTS.
   */
  put<K extends DefinitionKind>(
    kind: K,
    name: string,
    fields: unknown,
    how: 'add' | 'put' = 'put',
  ): Definitions[K] {
    checkName(kind, name);
    const definition = checkDefinition(kind, fields);
    const { connection } = definition as { connection?: unknown };
    if (typeof connection === 'string') this.get('connection', connection, '/connection');
    if (how === 'add' && this.find(kind, name) !== undefined)
      throw automationErrors.error('DEFINITION_EXISTS', { kind, name });
    const id = this.#vault.idOf(kind, name);
    const body = this.#vault.seal({ name, definition: fields }, sealLabel(kind, id));
    const { definition: limit } = automationLimits.values;
    if (body.length > limit)
      throw automationErrors.error('DEFINITION_INVALID', {
        kind,
        reason: `it is larger than ${limit} bytes`,
      });
    this.#store.putDefinition({ kind, id, body });
    return definition;
  }

  /** Throws DEFINITION_UNKNOWN, or DEFINITION_IN_USE with the names of the definitions that use it. */
  remove(kind: DefinitionKind, name: string): void {
    const users = this.#users(kind, name);
    if (users.length > 0)
      throw automationErrors.error('DEFINITION_IN_USE', { kind, name, users: users.join(', ') });
    if (!this.#store.removeDefinition(kind, this.#vault.idOf(kind, name)))
      throw automationErrors.error('DEFINITION_UNKNOWN', { kind, name });
  }

  #users(kind: DefinitionKind, name: string): string[] {
    const using = (other: 'task' | 'trigger') =>
      this.read(other)
        .found.filter(({ definition }) => definition.connection === name)
        .map((user) => `${other} "${user.name}"`);
    if (kind === 'connection') return [...using('task'), ...using('trigger')];
    return this.read('job')
      .found.filter(({ name: own, definition: { on, steps } }) => {
        if (kind === 'trigger') return on.some(({ trigger }) => trigger === name);
        if (kind === 'task') return steps.some(({ task }) => task === name);
        return own !== name && steps.some(({ job }) => job === name);
      })
      .map((user) => `job "${user.name}"`);
  }

  #opened<K extends DefinitionKind>(
    kind: K,
    row: Pick<StoredDefinition, 'id' | 'body' | 'changedAt' | 'revision'>,
  ): Named<K> {
    const opened = this.#vault.open(row.body, sealLabel(kind, row.id));
    const { name, definition } = opened as { name: string; definition: unknown };
    return {
      name,
      changedAt: row.changedAt,
      revision: row.revision,
      definition: checkDefinition(kind, definition),
    };
  }
}

const sealLabel = (kind: string, id: Uint8Array): string => `${kind}\0${Buffer.from(id).toString('hex')}`;
