import { type FairleadError, isFairleadError } from '@fairlead/core';
import { admit } from '../admission/admission.ts';
import { checkCertificate, deviceOfCertificate } from '../admission/certificate.ts';
import { gatewayErrors } from '../catalogue.ts';
import type { Device, DeviceDirectory, ScriptHost } from '../ports.ts';
import type { Identity } from '../protocol/identity.ts';
import { loadScripts } from '../session/scripts.ts';
import type { DeviceLink, DeviceSessionFields } from '../session/session.ts';
import type { Choice } from './detect.ts';
import type { Handshakes } from './handshakes.ts';
import { type Introduction, introduce, type KeptBytes, type KeptFrames } from './introduction.ts';
import type { Newcomers } from './newcomers.ts';
import type { ListenerTerms } from './terms.ts';

/** Last frames of a refused device that are shown. */
const SHOWN = 3;

interface AdmissionPorts {
  readonly directory: DeviceDirectory;
  readonly scripts: ScriptHost;
  readonly newcomers: Newcomers;
  readonly handshakes: Handshakes;
  readonly kept: KeptBytes;
  readonly now: () => number;
  /** The device of the link is known. Throws if the link may not become its session. */
  approach(device: Device, link: DeviceLink): void;
  /** Shows operators the frames for which a link is refused. */
  refused(link: DeviceLink, error: FairleadError, frame: Uint8Array): void;
}

/** A device that may enter, and what it sent before it was known. What it sends until frames flow may be added. */
interface Admitted {
  readonly fields: Omit<DeviceSessionFields, 'epoch' | 'since'>;
  readonly kept: readonly KeptFrames[];
}

/**
 * Reads who the device is, looks it up, and switches the link to its codec. Rejects as {@link introduce} does, with AUTH_* or
 * IDENTITY_*, or the error of the look-up or the script.
 */
export async function admitLink(
  link: DeviceLink,
  terms: ListenerTerms,
  ports: AdmissionPorts,
): Promise<Admitted> {
  const introduction = await introductionOf(link, terms, ports);
  try {
    const kept = [introduction.kept];
    const device = await deviceOf(link, terms, introduction, kept, ports);
    ports.approach(device, link);
    return { fields: await fieldsOf(link, terms, introduction, device, ports.scripts), kept };
  } catch (error) {
    const proof = wrongProof(introduction.identity, error);
    if (proof !== undefined) link.blame(proof);
    showRefused(link, introduction, error, ports);
    await sayRefused(link, introduction.identity);
    throw error;
  }
}

/** With a certificate and one protocol, nothing needs to be read. Where frames say who the device is, both must agree. */
async function introductionOf(
  link: DeviceLink,
  terms: ListenerTerms,
  ports: AdmissionPorts,
): Promise<Introduction> {
  const shown = terms.naming?.read(link.peer);
  if (shown?.ofRule.length === 0) throw gatewayErrors.error('CERTIFICATE_UNKNOWN', { names: 'none' });
  if (shown === undefined || terms.only === undefined) return readIntroduction(link, terms, ports);
  return {
    choice: terms.only,
    decoder: undefined,
    identity: { kind: 'certificate', shown },
    kept: { frames: [], time: ports.now() },
    state: undefined,
  };
}

/** Where unknown devices wait in the inbox, so does what no protocol of the listener fits. */
async function readIntroduction(
  link: DeviceLink,
  terms: ListenerTerms,
  ports: AdmissionPorts,
): Promise<Introduction> {
  try {
    return await introduce(link, terms, ports);
  } catch (error) {
    if (terms.unknown === 'inbox' && isFairleadError(error, 'PROTOCOL_UNDETECTED'))
      ports.newcomers.undetected(link, terms.listener, error);
    throw error;
  } finally {
    ports.kept.release(link);
  }
}

/** Looks the device up. One that is not known is refused, waits, or is created, as the listener says. */
async function deviceOf(
  link: DeviceLink,
  terms: ListenerTerms,
  { choice, identity }: Introduction,
  kept: KeptFrames[],
  { directory, newcomers, handshakes }: AdmissionPorts,
): Promise<Device> {
  const { protocol, profile } = choice;
  const { listener, unknown, naming } = terms;
  const at = { listener, protocol: protocol.name, profile };
  const found = await lookUp(directory, identity, choice);
  if (naming !== undefined && identity.kind !== 'certificate')
    checkCertificate(naming.read(link.peer), found, identity.kind === 'reported' ? identity.id : undefined);
  const first = admit(identity, found, at);
  if (first.answer === 'known') return first.device;
  if (first.answer === 'refused' || identity.kind !== 'reported' || unknown === 'refuse') throw first.error;
  handshakes.delete(link);
  const newcomer = { listener, profile: profileName(choice), identity: identity.id, remote: link.remote };
  const device = await newcomers.take(link, newcomer, unknown, kept);
  // It may have been registered with certificates of its own.
  if (naming !== undefined) checkCertificate(naming.read(link.peer), device, identity.id);
  const second = admit(identity, device, at);
  if (second.answer !== 'known') throw second.error;
  return second.device;
}

function lookUp(
  directory: DeviceDirectory,
  identity: Identity,
  choice: Choice,
): Device | undefined | Promise<Device | undefined> {
  if (identity.kind === 'token') return directory.byToken(identity.token, choice.protocol.name);
  if (identity.kind === 'certificate') return deviceOfCertificate(identity.shown, directory);
  return directory.byIdentity(profileName(choice), identity.id);
}

const profileName = ({ profile }: Choice): string => profile?.name ?? profile?.id ?? '';

async function fieldsOf(
  link: DeviceLink,
  { listener, frame, naming }: ListenerTerms,
  { choice, decoder, identity, state }: Introduction,
  device: Device,
  scripts: ScriptHost,
): Promise<Admitted['fields']> {
  const { protocol, profile } = choice;
  const begun = decoder !== undefined && profile !== undefined ? { decoder, profile } : undefined;
  const codec = protocol.codec({ device, identity, frame, begun });
  link.use(codec);
  const loaded = await loadScripts(device.profile, scripts);
  const { authReply } = device.profile;
  if (authReply !== undefined) link.forward(Buffer.from(authReply, 'hex'));
  if (identity.kind === 'reported' && identity.replies.length > 0) link.forwardAll(identity.replies);
  const reported = identity.kind === 'reported' ? identity.id : undefined;
  const certificate = naming?.read(link.peer);
  return { certificate, device, reported, link, listener, protocol, codec, state, ...loaded };
}

/** What the device has shown in vain. */
function wrongProof(identity: Identity, error: unknown): string | undefined {
  if (!isFairleadError(error)) return undefined;
  if (identity.kind === 'token' && error.code === 'AUTH_TOKEN_UNKNOWN') return identity.bytes.toString('hex');
  if (identity.kind !== 'reported') return undefined;
  const { id, secret = Buffer.alloc(0) } = identity;
  if (error.code === 'IDENTITY_SECRET_WRONG') return `${id} ${secret.toString('hex')}`;
  return error.code === 'IDENTITY_UNKNOWN' ? id : undefined;
}

/** A device that may have sent another secret is left out: its frames may hold one that is nearly right. */
function showRefused(
  link: DeviceLink,
  { identity, kept }: Introduction,
  error: unknown,
  { refused }: AdmissionPorts,
): void {
  if (identity.kind !== 'reported' || !isFairleadError(error) || error.code === 'IDENTITY_SECRET_WRONG')
    return;
  for (const frame of kept.frames.slice(-SHOWN)) refused(link, error, frame as Uint8Array);
}

/** Tells a device in its own protocol that it is refused, before its link closes. */
async function sayRefused(link: DeviceLink, identity: Identity): Promise<void> {
  if (identity.kind !== 'reported' || identity.refusal.length === 0 || !link.usable) return;
  link.forwardAll(identity.refusal);
  await link.written().catch(() => {}); // it closed first
}
