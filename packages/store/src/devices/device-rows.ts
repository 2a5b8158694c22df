/** SQL of the table of devices, and the way from its rows to Device objects. */
import type { Database, Row, Statement } from '../database/database.ts';
import type { Device, DeviceType, Profile, Protocol } from '../types.ts';

const SELECT = `SELECT d.id, d.name, d.label, d.type, d.protocol, g.name AS parent, d.address, d.profile_id,
  d.inbound_buffer, d.outbound_buffer, d.created_at
  FROM devices d LEFT JOIN devices g ON g.id = d.parent_id`;

export function deviceStatements(database: Database) {
  const prepare = (sql: string): Statement => database.prepare(sql);
  return {
    byName: prepare(`${SELECT} WHERE d.name = ?`),
    byToken: prepare(`${SELECT} WHERE d.token_hash = ?`),
    byAddress: prepare(
      `${SELECT} WHERE d.parent_id = (SELECT id FROM devices WHERE name = ?) AND d.address = ?`,
    ),
    subDevices: prepare(
      `${SELECT} WHERE d.parent_id = (SELECT id FROM devices WHERE name = ?) ORDER BY d.name`,
    ),
    list: prepare(`${SELECT} WHERE d.name > ?1 AND d.name >= ?2 AND d.name < ?3 ORDER BY d.name LIMIT ?4`),
    listByProfile: prepare(
      `${SELECT} WHERE d.profile_id = (SELECT id FROM profiles WHERE name = ?5)
       AND d.name > ?1 AND d.name >= ?2 AND d.name < ?3 ORDER BY d.name LIMIT ?4`,
    ),
    count: prepare('SELECT count(*) AS n FROM devices'),
    countSubDevices: prepare('SELECT count(*) AS n FROM devices WHERE parent_id = ?'),
    insert: prepare(`INSERT INTO devices (id, name, label, type, protocol, token_hash, parent_id, address,
      profile_id, inbound_buffer, outbound_buffer, created_at, changed_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    update: prepare(`UPDATE devices SET label = ?, profile_id = ?, inbound_buffer = ?, outbound_buffer = ?,
      changed_at = ? WHERE id = ?`),
    updateToken: prepare('UPDATE devices SET token_hash = ?, changed_at = ? WHERE id = ?'),
    remove: prepare('DELETE FROM devices WHERE id = ?'),
  };
}

/** `string` and `number` columns arrive as such; text of a fixed set becomes the one literal, so that it takes no room. */
export function deviceOf(row: Row, profile: Profile, protocols: readonly Protocol[]): Device {
  return {
    id: row.id as string,
    name: row.name as string,
    label: (row.label as string | null) ?? undefined,
    type: typeOf(row.type as DeviceType),
    protocol: protocols.find((name) => name === row.protocol) ?? (row.protocol as string),
    parent: (row.parent as string | null) ?? undefined,
    address: (row.address as string | null) ?? undefined,
    profile,
    inboundBuffer: row.inbound_buffer as number,
    outboundBuffer: row.outbound_buffer as number,
    createdAt: row.created_at as number,
  };
}

function typeOf(text: DeviceType): DeviceType {
  return text === 'standard' ? 'standard' : text === 'gateway' ? 'gateway' : 'sub';
}
