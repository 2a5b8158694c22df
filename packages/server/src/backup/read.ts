/** Reads and checks a backup as it comes. */
import { createHash } from 'node:crypto';
import { issueWords } from '@fairlead/core';
import { databaseFormat, historyFormat } from '@fairlead/store';
import { serverErrors } from '../catalogue.ts';
import { serverLimits } from '../limits.ts';
import {
  BACKUP_VERSION,
  type BackupManifest,
  CHECKSUMS,
  MANIFEST,
  manifestSchema,
  versionSchema,
} from './manifest.ts';
import { padding, TarReader } from './tar.ts';

/** Gets the files of a backup. What it wrote counts only when the whole backup was read. */
interface BackupSink {
  /** Before the first file. A rejection ends the reading. */
  begin(manifest: BackupManifest): Promise<void>;
  /** Must read all bytes. */
  file(name: string, bytes: AsyncIterable<Uint8Array>): Promise<void>;
}

/**
 * Reads a whole backup in bounded memory: names, sizes and checksums are those of its manifest, and its versions are known.
 * Rejects with BACKUP_INVALID or BACKUP_NEWER.
 *
 * @param file the name of the backup, for messages
 */
export async function readBackup(
  source: AsyncIterable<Uint8Array>,
  file: string,
  sink: BackupSink = CHECK_ONLY,
): Promise<BackupManifest> {
  const tar = new TarReader(source, file);
  const sums: string[] = [];
  const manifest = await readManifest(tar, file, sums);
  await sink.begin(manifest);
  for (const { name, size } of manifest.files) {
    const entry = await tar.next();
    if (entry?.name !== name || entry.size !== size)
      throw tar.invalid(`${name} with ${size} bytes is missing where the manifest names it`);
    const hash = createHash('sha256');
    await sink.file(name, hashed(tar.bytes(size), hash));
    await tar.skip(padding(size));
    sums.push(line(hash.digest('hex'), name));
  }
  await compare(tar, sums);
  return manifest;
}

async function readManifest(tar: TarReader, file: string, sums: string[]): Promise<BackupManifest> {
  const entry = await tar.next();
  if (entry?.name !== MANIFEST) throw tar.invalid(`it does not begin with ${MANIFEST}`);
  if (entry.size > serverLimits.values.backupManifest) throw tar.invalid(`${MANIFEST} is too long`);
  const bytes = await tar.whole(entry.size);
  sums.push(line(createHash('sha256').update(bytes).digest('hex'), MANIFEST));
  const document = parsed(bytes);
  const stated = versionSchema.safeParse(document);
  if (!stated.success) throw tar.invalid(`${MANIFEST} is not that of a backup`);
  // A later version may have any other content.
  const maker = String((document as { fairlead?: unknown }).fairlead).slice(0, 100);
  const { version } = stated.data;
  if (version > BACKUP_VERSION) throw newer(file, maker, 'layout', version, BACKUP_VERSION);
  const result = manifestSchema.safeParse(document);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw tar.invalid(`${MANIFEST}: ${issue === undefined ? 'not valid' : issueWords(issue)}`);
  }
  const { format } = result.data.database;
  if (format > databaseFormat) throw newer(file, maker, 'database', format, databaseFormat);
  const { format: ofHistory = 0 } = result.data.history ?? {};
  if (ofHistory > historyFormat) throw newer(file, maker, 'history', ofHistory, historyFormat);
  const names = result.data.files.map(({ name }) => name);
  if (new Set(names).size < names.length) throw tar.invalid(`${MANIFEST} names a file twice`);
  return result.data;
}

function newer(file: string, fairlead: string, what: string, found: number, known: number): Error {
  return serverErrors.error('BACKUP_NEWER', { file, fairlead, what, found, known });
}

async function compare(tar: TarReader, sums: readonly string[]): Promise<void> {
  const expected = Buffer.from(sums.join(''));
  const entry = await tar.next();
  if (entry?.name !== CHECKSUMS) throw tar.invalid(`${CHECKSUMS} is missing`);
  if (entry.size > serverLimits.values.backupManifest) throw tar.invalid(`${CHECKSUMS} is too long`);
  const stated = await tar.whole(entry.size);
  if (stated.equals(expected)) return;
  const lines = stated.toString('utf8').split('\n');
  const wrong = sums
    .find((sum, at) => sum !== `${lines[at]}\n`)
    ?.slice(66)
    .trimEnd();
  throw tar.invalid(
    wrong === undefined ? `${CHECKSUMS} names other files` : `the checksum of ${wrong} is wrong`,
  );
}

async function* hashed(
  bytes: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const part of bytes) {
    hash.update(part);
    yield part;
  }
}

const line = (sum: string, name: string): string => `${sum}  ${name}\n`;

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

const CHECK_ONLY: BackupSink = {
  async begin() {},
  async file(_name, bytes) {
    for await (const _ of bytes);
  },
};
