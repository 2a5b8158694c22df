import { type Admission, admit } from '../admission/admission.ts';
import type { Device, DeviceDirectory, Profile, Script, ScriptHost } from '../ports.ts';
import type { Identity } from '../protocol/identity.ts';
import type { DeviceProtocol } from '../protocol/protocol.ts';
import type { DeviceLink, DeviceSessionFields } from '../session/session.ts';

interface AdmissionPorts {
  readonly directory: DeviceDirectory;
  readonly scripts: ScriptHost;
}

/** The settings of a listener that its links need. */
export interface ListenerTerms {
  readonly listener: string;
  readonly protocol: DeviceProtocol;
  /** Largest payload of a packet, bytes. */
  readonly frame: number;
}

/**
 * Reads the identity of the device, looks the device up, and switches the link to its codec. Rejects with AUTH_*,
 * HTTP_REFUSED, TLS_UNEXPECTED, or the error of the look-up or the script.
 */
export async function admitLink(
  link: DeviceLink,
  terms: ListenerTerms,
  { directory, scripts }: AdmissionPorts,
): Promise<Omit<DeviceSessionFields, 'epoch' | 'since'>> {
  const { listener, protocol, frame } = terms;
  const identity = await readIdentity(link, protocol);
  const found = await directory.byToken(identity.token);
  const device = knownDevice(admit(identity, found, { listener, protocol: protocol.name }));
  const codec = protocol.codec({ device, identity, frame });
  link.use(codec);
  const loaded = await loadScripts(device.profile, scripts);
  const { authReply } = device.profile;
  if (authReply !== undefined) link.forward(Buffer.from(authReply, 'hex'));
  return { device, link, listener, protocol, codec, ...loaded };
}

async function readIdentity(link: DeviceLink, protocol: DeviceProtocol): Promise<Identity> {
  const handshake = protocol.handshake();
  for (;;) {
    const identity = handshake.read(await link.receive());
    if (identity !== undefined) return identity;
  }
}

/** Unknown devices are refused. */
function knownDevice(admission: Admission): Device {
  if (admission.answer === 'known') return admission.device;
  throw admission.error;
}

async function loadScripts(
  { uplink, downlink }: Profile,
  scripts: ScriptHost,
): Promise<{ uplinkScript: Script | undefined; downlinkScript: Script | undefined }> {
  const first = uplink === undefined ? undefined : await scripts.load(uplink);
  const second = downlink === undefined ? undefined : await scripts.load(downlink);
  // One source may export both. `encodeInp` serves either direction, so that of the uplink is not used for downlinks.
  const shared = first?.contract === 'module' && first.hasDownlink ? first : undefined;
  return { uplinkScript: first?.hasUplink ? first : undefined, downlinkScript: second ?? shared };
}
