import { asFairleadError, type FairleadError } from '@fairlead/core';
import { checkCertificate } from '../admission/certificate.ts';
import { gatewayErrors } from '../catalogue.ts';
import type { Device, DeviceDirectory, Log, ScriptHost } from '../ports.ts';
import type { Liveness } from './liveness.ts';
import type { Pacing } from './pacing.ts';
import { loadScripts } from './scripts.ts';
import type { DeviceSession } from './session.ts';

interface RenewalPorts {
  readonly directory: DeviceDirectory;
  readonly scripts: ScriptHost;
  readonly log: Log;
  readonly liveness: Liveness;
  readonly pacing: Pacing;
}

/**
 * Gives live sessions what their devices are now: scripts, parameters, replies, from the next frame on. A link ends with
 * DEVICE_CHANGED only where its framing or the identity of its device is another than before, with DEVICE_REMOVED where the
 * device is gone, with CERTIFICATE_NOT_CARRIED where its certificate is not that of the device any more.
 */
export class Renewal {
  readonly #ports: RenewalPorts;
  /** The last renewal of each session: an earlier one that takes longer changes nothing. */
  readonly #last = new WeakMap<DeviceSession, object>();

  constructor(ports: RenewalPorts) {
    this.#ports = ports;
  }

  /** Resolves when all of them are renewed. If a script does not compile, its sessions go on with the one that they have. */
  async renew(sessions: Iterable<DeviceSession>): Promise<void> {
    const { directory, scripts } = this.#ports;
    /** Sessions of one profile share a load. */
    const loads = new Map<string, ReturnType<typeof loadScripts>>();
    const renewals = Array.from(sessions, (session) => {
      const device = directory.byName(session.device.name);
      const end = device === undefined ? gatewayErrors.error('DEVICE_REMOVED') : endOf(session, device);
      if (device === undefined || end !== undefined) {
        session.link.destroy(end);
        return undefined;
      }
      const { uplink = '', downlink = '' } = device.profile;
      const key = `${uplink}\0${downlink}`;
      let load = loads.get(key);
      if (load === undefined) {
        load = loadScripts(device.profile, scripts);
        loads.set(key, load);
      }
      return this.#renew(session, device, load);
    });
    await Promise.all(renewals);
  }

  async #renew(session: DeviceSession, device: Device, load: ReturnType<typeof loadScripts>): Promise<void> {
    const renewal = {};
    this.#last.set(session, renewal);
    try {
      const scripts = await load;
      if (this.#last.get(session) !== renewal || session.link.cause !== undefined) return;
      session.renew(device, scripts);
      this.#ports.liveness.renewed(session);
      this.#ports.pacing.renewed(session);
    } catch (error) {
      const { code, message } = asFairleadError(error);
      this.#ports.log.error({ device: device.name, code }, `the change takes no hold: ${message}`);
    }
  }
}

/** Whether the device is another than when it was looked up. */
export function changedSince(directory: DeviceDirectory, device: Device): boolean {
  const now = directory.byName(device.name);
  return now !== undefined && now !== device;
}

/** Why the link cannot go on for the device as it is now. */
function endOf({ device, certificate, reported }: DeviceSession, now: Device): FairleadError | undefined {
  if (!goesOn(device, now)) return gatewayErrors.error('DEVICE_CHANGED');
  if (certificate === undefined) return undefined;
  try {
    checkCertificate(certificate, now, reported);
    return undefined;
  } catch (error) {
    return asFairleadError(error);
  }
}

/** Whether a link that was opened for a device as it was can go on for the device as it is. */
function goesOn(before: Device, now: Device): boolean {
  return linkTerms(before) === linkTerms(now);
}

/** All that a link cannot change while it is open. */
function linkTerms({ id, type, protocol, profile, identity, endpoint, inboundBuffer }: Device): string {
  return JSON.stringify([
    id,
    type,
    protocol,
    profile.framing,
    profile.identity,
    identity,
    endpoint,
    profile.framing === undefined ? inboundBuffer : 0,
  ]);
}
