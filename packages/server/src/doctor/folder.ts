/** The data folder, and what is in it while no service uses it. */
import { accessSync, constants, existsSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type FairleadError, isFairleadError } from '@fairlead/core';
import { databaseFormat, examineDatabase, historyFormat } from '@fairlead/store';
import { checkRestored } from '../backup/restore.ts';
import { helpOf } from '../codes.ts';
import { reasonOf } from '../system-reason.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const TIMESYNC = '/run/systemd/timesync';
const LITTLE = 2 ** 30;
const TOO_LITTLE = 2 ** 26;
/** Files that the file system has room for. */
const FEW_FILES_LEFT = 1_000;
/** Files that a new clock would have to be later than. */
const FUTURE = 60_000;

export function checkFolder(check: string, folder: string): Finding {
  if (!existsSync(folder)) {
    const parent = existingAbove(folder);
    return mayWrite(parent)
      ? ok(check, `${folder} does not exist yet; it will be created`)
      : fail(
          check,
          `${folder} does not exist, and this user may not create it in ${parent}`,
          'Create it for the user of the service, with mode 0700.',
        );
  }
  if (!mayWrite(folder))
    return fail(
      check,
      `this user may not write to ${folder}`,
      'Run this as the user of the service, or give the folder to that user.',
    );
  const exposed = [
    ...((statSync(folder).mode & 0o022) === 0 ? [] : [folder]),
    ...readdirSync(folder)
      .filter((name) =>
        /^(?:(?:fairlead|history)\.db.*|captures|secret\.key|device-secrets\.key|admin-token)$/.test(name),
      )
      .map((name) => join(folder, name))
      .filter((path) => (statSync(path).mode & 0o077) !== 0),
  ];
  if (exposed.length === 0) return ok(check, `${folder}, for its owner only`);
  return warn(
    check,
    `other users of the machine may use ${exposed.join(', ')}`,
    `Run: chmod go-rwx ${exposed.join(' ')}`,
  );
}

export function checkDisk(folder: string, check = 'disk'): Finding {
  const { bavail, blocks, bsize, files, ffree } = statfsSync(existingAbove(folder));
  const free = bavail * bsize;
  const detail = `${Math.round(free / 2 ** 20)} MiB free, ${Math.round((100 * bavail) / blocks)} % of the disk of ${folder}`;
  const advice =
    'Free space: when the disk is full, journaled devices are not read and settings cannot be changed.';
  if (free < TOO_LITTLE) return fail(check, detail, advice);
  // Some file systems have no fixed number of files, and report 0.
  if (files > 0 && ffree < FEW_FILES_LEFT)
    return warn(
      check,
      `${detail}, but only ${ffree} more files fit on it`,
      'Remove files that nobody needs.',
    );
  return free < LITTLE ? warn(check, detail, advice) : ok(check, detail);
}

/** A clock that was set back makes times of messages wrong, and certificates not valid yet. */
export function checkClock(folder: string, now: number): Finding {
  const file = join(folder, 'fairlead.db');
  const latest = existsSync(file) ? statSync(file).mtimeMs : 0;
  const detail = `it is ${new Date(now).toISOString()}`;
  const advice = 'Set the clock, and keep it right with NTP (timedatectl set-ntp true).';
  if (latest - now > FUTURE)
    return fail('clock', `${detail}, but the database was written ${new Date(latest).toISOString()}`, advice);
  // systemd-timesyncd makes this file when it has set the clock.
  return existsSync(TIMESYNC) && !existsSync(`${TIMESYNC}/synchronized`)
    ? warn('clock', `${detail}, but it was not set by NTP since the start of the machine`, advice)
    : ok('clock', detail);
}

/** The whole database is read. */
export function checkDatabase(data: string): Finding {
  const file = join(data, 'fairlead.db');
  try {
    checkRestored(data);
    if (!existsSync(file)) return ok('database', 'there is none yet');
    const { format, devices } = examineDatabase(file);
    const older = format < databaseFormat ? `; the next start upgrades it to ${databaseFormat}` : '';
    return ok('database', `whole, format ${format}${older}, ${devices} devices`);
  } catch (error) {
    if (isFairleadError(error, 'STORE_LOCKED'))
      return warn(
        'database',
        'a service uses it, which did not answer here',
        'Set FAIRLEAD_URL and FAIRLEAD_DATA to that service.',
      );
    return failure('database', error);
  }
}

/** A damaged history does not keep the service from starting: it is set aside. */
export function checkHistory(data: string): Finding {
  const file = join(data, 'history.db');
  if (!existsSync(file)) return ok('history', 'there is none');
  try {
    const { devices } = examineDatabase(file, historyFormat);
    return ok('history', `whole, ${Math.round(statSync(file).size / 2 ** 20)} MiB, ${devices} devices`);
  } catch (error) {
    if (isFairleadError(error, 'STORE_LOCKED')) return ok('history', 'a service uses it');
    if (!isFairleadError(error, 'STORE_CORRUPT')) return failure('history', error);
    return warn(
      'history',
      `it is damaged: ${error.message}`,
      'The next start moves it to history.db.damaged and begins a new one. To keep it, restore a backup first.',
    );
  }
}

export function checkJournal(folder: string): Finding {
  if (!existsSync(folder)) return ok('journal', 'there is none');
  try {
    const segments = readdirSync(folder).filter((name) => name.endsWith('.journal'));
    const bytes = segments.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    return ok('journal', `${segments.length} segments, ${bytes} bytes in ${folder}`);
  } catch (error) {
    return failure('journal', error);
  }
}

/** A finding from what a check threw. */
export function failure(check: string, error: unknown): Finding {
  if (!isFairleadError(error)) return fail(check, reasonOf(error), 'See the reason.');
  return fail(check, `${error.code}: ${error.message}`, helpOf((error as FairleadError).code) ?? '');
}

function existingAbove(path: string): string {
  return existsSync(path) ? path : existingAbove(dirname(path));
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
