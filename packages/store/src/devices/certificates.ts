import { storeErrors } from '../catalogue.ts';
import type { Database, Statement } from '../database/database.ts';

/** What the certificates of devices say: each identity is that of one device. */
export class DeviceCertificates {
  readonly #owner: Statement;
  readonly #add: Statement;
  readonly #remove: Statement;

  /** @param owner finds the row of the device with an identity */
  constructor(database: Database, owner: Statement) {
    this.#owner = owner;
    this.#add = database.prepare('INSERT INTO device_certificates (identity, device_id) VALUES (?, ?)');
    this.#remove = database.prepare('DELETE FROM device_certificates WHERE device_id = ?');
  }

  /** Throws CERTIFICATE_TAKEN. @param id of the device that may have them */
  check(certificates: readonly string[] = [], id?: string): void {
    for (const certificate of certificates) {
      const other = this.#owner.get(certificate);
      if (other !== undefined && other.id !== id)
        throw storeErrors.error('CERTIFICATE_TAKEN', { certificate, name: String(other.name) });
    }
  }

  /** Replaces those of a device. Within a transaction. */
  set(id: string, certificates: readonly string[] = []): void {
    this.#remove.run(id);
    for (const certificate of certificates) this.#add.run(certificate, id);
  }
}
