/** Looks at everything that a service needs: at a running one from outside, and at the machine of one that is stopped. */
import { join } from 'node:path';
import type { Readiness } from '@fairlead/api';
import type { Clock } from '@fairlead/core';
import { helpOf } from '../codes.ts';
import type { CheckedConfig } from '../config/load.ts';
import { openFilesAllowed } from '../descriptors.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import {
  checkClock,
  checkDatabase,
  checkDisk,
  checkFolder,
  checkHistory,
  checkJournal,
  failure,
} from './folder.ts';
import { checkBuses, checkCertificates, checkPorts } from './network.ts';

const NEEDED_NODE = 26;
/** Fewer descriptors than this are too few for most fleets. */
const FEW_FILES = 4_096;

/** A service that answered. */
export interface SeenService {
  readonly url: string;
  readonly readiness: Readiness;
  /** Absent: it did not accept the token. */
  readonly version?: string | undefined;
  /** How many files it may open. */
  readonly openFiles?: number | undefined;
}

interface DoctorInput {
  readonly checked: CheckedConfig;
  /** The version of this program. */
  readonly version: string;
  readonly running: SeenService | undefined;
  readonly clock: Clock;
}

/** In the order in which an operator looks for causes. Never rejects. */
export async function examine({ checked, version, running, clock }: DoctorInput): Promise<Finding[]> {
  const findings = [...configuration(checked), ...versions(version, running), openFiles(running)];
  if (running !== undefined) findings.push(...seen(running));
  else findings.push(ok('service', 'none answers; the machine is checked for one'));
  const { loaded } = checked;
  if (loaded === undefined) return findings;
  const { config } = loaded;
  const journal = config.journal.folder ?? join(config.data, 'journal');
  const look: (() => Finding | Finding[] | Promise<Finding | Finding[]>)[] = [
    () => checkFolder('data folder', config.data),
    () => checkDisk(config.data),
    // It may be elsewhere, on another disk.
    ...(config.journal.folder === undefined
      ? []
      : [() => checkFolder('journal folder', journal), () => checkDisk(journal, 'journal disk')]),
    () => checkClock(config.data, clock.now()),
    () => checkCertificates(config, clock.now()),
  ];
  if (running === undefined)
    look.push(
      () => checkDatabase(config.data),
      () => checkHistory(config.data),
      () => checkJournal(journal),
      () => checkPorts(config),
      () => checkBuses(config, clock),
    );
  for (const each of look)
    try {
      findings.push(...[await each()].flat());
    } catch (error) {
      findings.push(failure('doctor', error));
    }
  return findings;
}

function configuration({ loaded, problems, warnings }: CheckedConfig): Finding[] {
  const findings = problems.map(({ code, message }) =>
    fail('configuration', `${code}: ${message}`, helpOf(code) ?? ''),
  );
  for (const text of warnings) findings.push(warn('configuration', text, 'Correct or remove it.'));
  if (loaded !== undefined)
    findings.push(ok('configuration', loaded.file ?? 'no file: every key has its default'));
  return findings;
}

function versions(version: string, running: SeenService | undefined): Finding[] {
  const { node } = process.versions;
  const here = `Fairlead ${version}, Node ${node}`;
  const findings =
    Number(node.split('.')[0]) < NEEDED_NODE
      ? [fail('version', here, `Install Node ${NEEDED_NODE} or newer.`)]
      : [ok('version', here)];
  if (running?.version !== undefined && running.version !== version)
    findings.push(
      warn(
        'version',
        `the service at ${running.url} is Fairlead ${running.version}`,
        'Restart the service after an upgrade.',
      ),
    );
  return findings;
}

function openFiles(running: SeenService | undefined): Finding {
  const limit = running?.openFiles ?? openFilesAllowed();
  const who = running?.openFiles === undefined ? 'this process' : 'the service';
  const detail = `${who} may open ${limit} files`;
  return Number(limit) < FEW_FILES
    ? warn(
        'open files',
        detail,
        'Each device takes one. Raise LimitNOFILE in the unit, or "ulimit -n" before the start.',
      )
    : ok('open files', detail);
}

function seen({ url, readiness, version }: SeenService): Finding[] {
  const head =
    version === undefined
      ? warn(
          'service',
          `${url} answers, but did not accept the token`,
          'Set FAIRLEAD_TOKEN or FAIRLEAD_DATA.',
        )
      : ok('service', `${url} answers`);
  const parts = Object.entries(readiness.checks).map(([name, { ok: fine, detail }]) =>
    fine ? ok(name, detail) : fail(name, detail, `See the log of the service, and docs/errors.md.`),
  );
  return [head, ...parts];
}
