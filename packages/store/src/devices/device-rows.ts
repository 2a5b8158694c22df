/** SQL of the table of devices, and the way from its rows to Device objects. */
import type { Database, Row, Statement } from '../database/database.ts';
import type { Device, DeviceType, Profile, Protocol, UnknownSubDevices } from '../types.ts';
import type { OwnFields } from './definition.ts';
import type { SecretBox } from './secret-box.ts';

const SELECT = `SELECT d.id, d.name, d.label, d.type, d.protocol, g.name AS parent, d.address, d.profile_id,
  d.profile_name, d.identity, d.endpoint, d.secret, d.parameters, d.unknown_subs, d.downlinks, d.rate, d.inbound_buffer, d.outbound_buffer,
  d.created_at, d.revision,
  (SELECT json_group_array(c.identity ORDER BY c.identity) FROM device_certificates c WHERE c.device_id = d.id) AS certificates
  FROM devices d LEFT JOIN devices g ON g.id = d.parent_id`;

export function deviceStatements(database: Database) {
  const prepare = (sql: string): Statement => database.prepare(sql);
  return {
    byName: prepare(`${SELECT} WHERE d.name = ?`),
    byToken: prepare(`${SELECT} WHERE d.token_hash = ?`),
    byIdentity: prepare(`${SELECT} WHERE d.profile_name = ? AND d.identity = ?`),
    byCertificate: prepare(
      `${SELECT} WHERE d.id = (SELECT device_id FROM device_certificates WHERE identity = ?)`,
    ),
    dialled: prepare(`${SELECT} WHERE d.endpoint IS NOT NULL ORDER BY d.name`),
    byAddress: prepare(
      `${SELECT} WHERE d.parent_id = (SELECT id FROM devices WHERE name = ?) AND d.address = ?`,
    ),
    subDevices: prepare(
      `${SELECT} WHERE d.parent_id = (SELECT id FROM devices WHERE name = ?) ORDER BY d.name`,
    ),
    list: prepare(`${SELECT} WHERE d.name > ?1 AND d.name >= ?2 AND d.name < ?3 ORDER BY d.name LIMIT ?4`),
    listByProfile: prepare(
      `${SELECT} WHERE d.profile_name = ?5
       AND d.name > ?1 AND d.name >= ?2 AND d.name < ?3 ORDER BY d.name LIMIT ?4`,
    ),
    count: prepare('SELECT count(*) AS n FROM devices'),
    countSubDevices: prepare('SELECT count(*) AS n FROM devices WHERE parent_id = ?'),
    insert: prepare(`INSERT INTO devices (id, name, label, type, protocol, token_hash, parent_id, address,
      profile_id, profile_name, identity, endpoint, secret, parameters, unknown_subs, downlinks, rate, inbound_buffer, outbound_buffer,
      created_at, changed_at, revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    update:
      prepare(`UPDATE devices SET label = ?, profile_id = ?, profile_name = ?, identity = ?, endpoint = ?,
      secret = ?, parameters = ?, unknown_subs = ?, downlinks = ?, rate = ?, inbound_buffer = ?, outbound_buffer = ?, changed_at = ?,
      revision = ? WHERE id = ?`),
    updateToken: prepare('UPDATE devices SET token_hash = ?, changed_at = ? WHERE id = ?'),
    remove: prepare('DELETE FROM devices WHERE id = ?'),
  };
}

/** What a device has of its own, as its columns have it. */
export function ownColumns(checked: OwnFields, id: string, box: SecretBox) {
  return [
    checked.identity ?? null,
    checked.endpoint ?? null,
    checked.secret === undefined ? null : box.seal(checked.secret, id),
    checked.parameters === undefined ? null : JSON.stringify(checked.parameters),
    checked.unknownSubDevices ?? null,
    checked.downlinks === undefined ? null : JSON.stringify(checked.downlinks),
    checked.rate === undefined ? null : JSON.stringify(checked.rate),
    checked.inboundBuffer,
    checked.outboundBuffer,
  ] as const;
}

/** A secret of the database, one of which every key that opens it can open. */
export function anySecret(
  database: Database,
): { readonly id: string; readonly secret: Uint8Array } | undefined {
  const row = database.prepare('SELECT id, secret FROM devices WHERE secret IS NOT NULL LIMIT 1').get();
  return row === undefined ? undefined : { id: row.id as string, secret: row.secret as Uint8Array };
}

/** `string` and `number` columns arrive as such; text of a fixed set becomes the one literal, so that it takes no room. */
export function deviceOf(row: Row, profile: Profile, protocols: readonly Protocol[], box: SecretBox): Device {
  const secret = row.secret as Uint8Array | null;
  const parameters = row.parameters as string | null;
  return {
    id: row.id as string,
    name: row.name as string,
    label: (row.label as string | null) ?? undefined,
    type: typeOf(row.type as DeviceType),
    protocol: protocols.find((name) => name === row.protocol) ?? (row.protocol as string),
    parent: (row.parent as string | null) ?? undefined,
    address: (row.address as string | null) ?? undefined,
    profile,
    identity: (row.identity as string | null) ?? undefined,
    endpoint: (row.endpoint as string | null) ?? undefined,
    secret: secret === null ? undefined : box.open(secret, row.id as string),
    parameters: parameters === null ? undefined : JSON.parse(parameters),
    downlinks: row.downlinks === null ? undefined : JSON.parse(row.downlinks as string),
    rate: row.rate === null ? undefined : JSON.parse(row.rate as string),
    certificates: row.certificates === '[]' ? undefined : JSON.parse(row.certificates as string),
    unknownSubDevices: (row.unknown_subs as UnknownSubDevices | null) ?? undefined,
    inboundBuffer: row.inbound_buffer as number,
    outboundBuffer: row.outbound_buffer as number,
    createdAt: row.created_at as number,
    revision: row.revision as number,
  };
}

function typeOf(text: DeviceType): DeviceType {
  return text === 'standard' ? 'standard' : text === 'gateway' ? 'gateway' : 'sub';
}
