/** From the names in a listener's configuration to what its links may speak. */
import { asFairleadError, type FairleadError } from '@fairlead/core';
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

interface Choices {
  readonly choices: readonly Choice[];
  /** The profiles that cannot be taken now, and why. */
  readonly leftOut: readonly { readonly profile: string; readonly error: FairleadError }[];
}

/**
 * A profile that does not exist (yet, or any more), or that no listener can take, is left out: it costs its own devices alone.
 * @param earlier what the listener takes so far: a profile whose new version cannot be taken stays as it was
 * Rejects with PROTOCOL_UNKNOWN or PROFILES_MISSING.
 */
export async function choicesOf(
  listener: string,
  speech: ListenerSpeech,
  ports: ChoicePorts,
  earlier: readonly Choice[] = [],
): Promise<Choices> {
  if (typeof speech === 'string')
    return { choices: [choiceOf(protocolNamed(listener, speech, ports.protocols))], leftOut: [] };
  if (speech.profiles.length === 0) throw gatewayErrors.error('PROFILES_MISSING');
  const leftOut: { profile: string; error: FairleadError }[] = [];
  const choices = await Promise.all(
    speech.profiles.map(async (name) => {
      try {
        return await choiceNamed(listener, name, ports);
      } catch (thrown) {
        const error = asFairleadError(thrown);
        leftOut.push({ profile: name, error });
        if (error.code === 'LISTENER_PROFILE_UNKNOWN') return undefined;
        return earlier.find(({ profile }) => profile?.name === name);
      }
    }),
  );
  return { choices: choices.filter((choice) => choice !== undefined), leftOut };
}

/** A name is that of a protocol, else of a profile. */
async function choiceNamed(listener: string, name: string, ports: ChoicePorts): Promise<Choice> {
  const { protocols, directory, scripts } = ports;
  const protocol = protocols.get(name);
  if (protocol !== undefined && name !== PROFILE) return choiceOf(protocol);
  const profile = directory.profile(name);
  if (profile === undefined)
    throw gatewayErrors.error('LISTENER_PROFILE_UNKNOWN', { listener, profile: name });
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
