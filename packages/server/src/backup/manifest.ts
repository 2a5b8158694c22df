/**
 * A backup: a tar archive of
 *
 * ```text
 * manifest.json        what it is: versions, time, and the files with their sizes, in this order
 * fairlead.db          the database
 * history.db           the history of values, unless it is off or was left out
 * captures/ID.jsonl    the captures, unless they were left out
 * journal/...          the cursor and the segments of the journal, if there is one
 * secret.key ...       the keys and the administrator's token, if they were asked for
 * checksums.sha256     a line for each file above: SHA-256, two spaces, name. `sha256sum -c` reads it
 * ```
 */
import { z } from 'zod';

/** Of this layout. Version 1 has neither a history nor captures. */
export const BACKUP_VERSION = 2;
export const MANIFEST = 'manifest.json';
export const CHECKSUMS = 'checksums.sha256';
export const DATABASE = 'fairlead.db';
export const HISTORY = 'history.db';
export const CAPTURES = 'captures/';
export const JOURNAL = 'journal/';
/** In the data folder, and has the tokens of devices of ThingsPanel. */
export const PANEL_FILE = 'thingspanel-devices.json';
/** In the data folder. Without them, secrets in the database cannot be read, the token is a new one, and ThingsPanel is asked again. */
export const KEY_FILES = ['secret.key', 'device-secrets.key', 'admin-token', PANEL_FILE] as const;

const NAME =
  /^(?:fairlead\.db|history\.db|captures\/[0-9a-f]{8}\.jsonl|journal\/(?:cursor|\d{15}-[0-9a-f]{8}\.journal)|secret\.key|device-secrets\.key|admin-token|thingspanel-devices\.json)$/;

/** What is read before anything else is believed. */
export const versionSchema = z.object({ kind: z.literal('fairlead-backup'), version: z.int().positive() });

export const manifestSchema = z.object({
  kind: z.literal('fairlead-backup'),
  version: z.int().positive(),
  /** The version of Fairlead that made it. */
  fairlead: z.string().max(100),
  /** RFC 3339. */
  created: z.string().max(40),
  /** Name of the machine. */
  host: z.string().max(255),
  database: z.object({ format: z.int().nonnegative() }),
  history: z.object({ format: z.int().nonnegative() }).optional(),
  /** `environment`: the keys follow from FAIRLEAD_SECRET_KEY, which no backup contains. */
  keys: z.enum(['included', 'left out', 'environment']),
  files: z.array(
    z.object({ name: z.string().regex(NAME, 'no file of a backup'), size: z.int().nonnegative() }),
  ),
});

export type BackupManifest = z.output<typeof manifestSchema>;
