/** From the names in a listener's configuration to what its links may speak. */
import type { ListenerSpeech } from '../api.ts';
import { gatewayErrors } from '../catalogue.ts';
import type { DeviceDirectory, Profile, ScriptHost } from '../ports.ts';
import type { DeviceProtocol, ProtocolTable } from '../protocol/protocol.ts';
import type { Choice } from './detect.ts';

interface ChoicePorts {
  readonly protocols: ProtocolTable;
  readonly directory: DeviceDirectory;
  readonly scripts: ScriptHost;
}

/** Name of the protocol that profiles are of. */
const PROFILE = 'profile';

/**
 * Rejects with PROTOCOL_UNKNOWN, PROFILES_MISSING, LISTENER_PROFILE_UNKNOWN, PROFILE_NOT_LISTENING, PROFILE_SCRIPT_LACKS, or the
 * error of a profile's framing or script.
 */
export async function choicesOf(
  listener: string,
  speech: ListenerSpeech,
  ports: ChoicePorts,
): Promise<Choice[]> {
  if (typeof speech === 'string') return [choiceOf(protocolNamed(listener, speech, ports.protocols))];
  if (speech.profiles.length === 0) throw gatewayErrors.error('PROFILES_MISSING');
  return Promise.all(speech.profiles.map((name) => choiceNamed(listener, name, ports)));
}

/** A name is that of a protocol, else of a profile. */
async function choiceNamed(listener: string, name: string, ports: ChoicePorts): Promise<Choice> {
  const { protocols, directory, scripts } = ports;
  const protocol = protocols.get(name);
  if (protocol !== undefined && name !== PROFILE) return choiceOf(protocol);
  const profile = directory.profile?.(name);
  if (profile === undefined) {
    const known = [...protocols.keys()].filter((known) => known !== PROFILE).join(', ');
    throw gatewayErrors.error('LISTENER_PROFILE_UNKNOWN', { listener, profile: name, known });
  }
  return choiceOfProfile(protocolNamed(listener, PROFILE, protocols), profile, scripts);
}

async function choiceOfProfile(
  protocol: DeviceProtocol,
  profile: Profile,
  scripts: ScriptHost,
): Promise<Choice> {
  const opening = protocol.opening(profile);
  if (profile.identity?.by !== 'script') return { protocol, opening, profile };
  const script = profile.uplink === undefined ? undefined : await scripts.load(profile.uplink);
  if (script?.hasIdentify !== true) {
    const name = profile.name ?? profile.id;
    throw gatewayErrors.error('PROFILE_SCRIPT_LACKS', { profile: name, function: 'identify' });
  }
  return { protocol, opening, profile, script };
}

function choiceOf(protocol: DeviceProtocol): Choice {
  return { protocol, opening: protocol.opening() };
}

function protocolNamed(listener: string, name: string, protocols: ProtocolTable): DeviceProtocol {
  const protocol = protocols.get(name);
  if (protocol !== undefined) return protocol;
  const known = [...protocols.keys()].join(', ');
  throw gatewayErrors.error('PROTOCOL_UNKNOWN', { listener, protocol: name, known });
}
