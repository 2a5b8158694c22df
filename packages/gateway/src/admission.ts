import type { Clock } from '@fairlead/core';
import {
  afterToken,
  type Codec,
  isGeneratedToken,
  parseFraming,
  raw,
  type TpPacket,
  tp,
} from '@fairlead/tcp';
import { gatewayErrors } from './catalogue.ts';
import { type DeviceFrame, type DeviceLink, type DeviceMessage, DeviceSession } from './device-session.ts';
import { foreignProtocol, handshakeCodecs } from './handshake-codec.ts';
import { gatewayLimits } from './limits.ts';
import type { Device, DeviceDirectory, Profile, Protocol, Script, ScriptHost } from './ports.ts';
import type { Presence } from './presence.ts';
import { OfficialHandshake } from './protocols/official.ts';
import { kindOfToken } from './token-bytes.ts';

type DeviceCodec = Codec<DeviceFrame, DeviceMessage>;

interface AdmissionPorts {
  readonly directory: DeviceDirectory;
  readonly scripts: ScriptHost;
  readonly clock: Clock;
}

/** Where a device dials in. */
export interface Door {
  readonly listener: string;
  readonly protocol: Protocol;
  /** Largest payload of an official packet, bytes. */
  readonly frame: number;
}

/** Finds out who dials in, and makes the link speak as that device does. */
export class Admission {
  readonly #ports: AdmissionPorts;
  readonly #presence: Presence;
  /** Framings that are in use, by their text; all devices of one profile share one. */
  readonly #codecs = new Map<string, DeviceCodec>();

  constructor(ports: AdmissionPorts, presence: Presence) {
    this.#ports = ports;
    this.#presence = presence;
  }

  static codec(protocol: Protocol): DeviceCodec {
    return handshakeCodecs[protocol];
  }

  /** Throws AUTH_*, HTTP_REFUSED, TLS_UNEXPECTED, or what the look-up of the device or its script came to. */
  async admit(link: DeviceLink, door: Door): Promise<DeviceSession> {
    const bytes = door.protocol === 'official' ? await officialToken(link) : await customToken(link);
    const sent = bytes.toString();
    const device = await this.#ports.directory.byToken(sent);
    if (device === undefined)
      throw (
        foreignProtocol(bytes) ??
        gatewayErrors.error('AUTH_TOKEN_UNKNOWN', { length: bytes.length, kind: kindOfToken(bytes) })
      );
    if (device.protocol !== door.protocol) {
      const { name, protocol } = device;
      throw gatewayErrors.error('AUTH_PROTOCOL_MISMATCH', {
        device: name,
        expected: protocol,
        listener: door.listener,
      });
    }
    const codec = this.#codec(device, door);
    link.use(isGeneratedToken(sent) && door.protocol === 'custom' ? afterToken(codec) : codec);
    const scripts = await this.#scripts(device.profile);
    if (device.profile.authReply !== undefined) link.forward(Buffer.from(device.profile.authReply, 'hex'));
    return new DeviceSession({
      device,
      link,
      listener: door.listener,
      codec,
      epoch: this.#presence.nextEpoch(),
      since: this.#ports.clock.now(),
      ...scripts,
    });
  }

  #codec(device: Device, { protocol, frame }: Door): DeviceCodec {
    const text = protocol === 'official' ? `tp ${frame}` : (device.profile.framing ?? 'raw');
    const key = text === 'raw' ? `raw ${device.inboundBuffer}` : text;
    let codec = this.#codecs.get(key);
    if (codec === undefined) {
      if (protocol === 'official') codec = tp({ max: frame }) as unknown as DeviceCodec;
      else
        codec = (text === 'raw'
          ? raw({ max: device.inboundBuffer })
          : parseFraming(text)) as unknown as DeviceCodec;
      if (this.#codecs.size >= gatewayLimits.values.codecs) this.#codecs.clear();
      this.#codecs.set(key, codec);
    }
    return codec;
  }

  async #scripts({
    uplink,
    downlink,
  }: Profile): Promise<{ uplinkScript: Script | undefined; downlinkScript: Script | undefined }> {
    const first = uplink === undefined ? undefined : await this.#ports.scripts.load(uplink);
    const second = downlink === undefined ? undefined : await this.#ports.scripts.load(downlink);
    // One source may export both. `encodeInp` serves for either, so where it is the uplink's it is not the downlink's.
    const shared = first?.contract === 'module' && first.hasDownlink ? first : undefined;
    return { uplinkScript: first?.hasUplink ? first : undefined, downlinkScript: second ?? shared };
  }
}

async function officialToken(link: DeviceLink): Promise<Buffer> {
  const handshake = new OfficialHandshake();
  for (;;) {
    const found = handshake.read((await link.receive()) as TpPacket);
    if (found !== undefined) return found;
  }
}

async function customToken(link: DeviceLink): Promise<Buffer> {
  const sent = (await link.receive()) as Buffer;
  if (sent.length === 0) throw gatewayErrors.error('AUTH_TOKEN_MISSING');
  return sent;
}
