import { type Clock, type FairleadError, type Log, parseEndpoint } from '@fairlead/core';
import { type Listen, type Server, type ServerLimits, serve } from '@fairlead/tcp';
import type { ListenerInfo, ListenerLimits } from '../api.ts';
import { gatewayErrors } from '../catalogue.ts';
import { gatewayLimits } from '../limits.ts';
import type { ProtocolTable } from '../protocol/protocol.ts';
import type { DeviceLink, DeviceSession } from '../session/session.ts';
import type { ListenerTerms } from './admit-link.ts';

interface ListenerPorts {
  readonly clock: Clock;
  readonly log: Log;
  /** Where links come from. */
  readonly listen: Listen;
}

/** What the links of all listeners come to. */
interface LinkEvents {
  accept(link: DeviceLink, terms: ListenerTerms, signal: AbortSignal): Promise<DeviceSession>;
  frames(session: DeviceSession, batch: readonly unknown[]): void;
  closed(link: DeviceLink, terms: ListenerTerms, cause: FairleadError): void;
}

interface Listener extends ListenerTerms {
  readonly server: Server<unknown, unknown, DeviceSession>;
}

/** The listeners of this node, and the links that are open there. */
export class Listeners {
  readonly #ports: ListenerPorts;
  readonly #protocols: ProtocolTable;
  readonly #events: LinkEvents;
  readonly #listeners: Listener[] = [];

  constructor(ports: ListenerPorts, protocols: ProtocolTable, events: LinkEvents) {
    this.#ports = ports;
    this.#protocols = protocols;
    this.#events = events;
  }

  /** See `GatewayNode.listen`. */
  async open(
    name: string,
    protocolName: string,
    endpoint: string,
    { frame = gatewayLimits.values.frame, ...limits }: ListenerLimits,
  ): Promise<ListenerInfo> {
    const { clock, listen, log } = this.#ports;
    const events = this.#events;
    const protocol = this.#protocols.get(protocolName);
    if (protocol === undefined) {
      const known = [...this.#protocols.keys()].join(', ');
      throw gatewayErrors.error('PROTOCOL_UNKNOWN', { listener: name, protocol: protocolName, known });
    }
    const terms: ListenerTerms = { listener: name, protocol, frame };
    const server: Listener['server'] = await serve<unknown, unknown, DeviceSession>(parseEndpoint(endpoint), {
      codec: protocol.handshakeCodec,
      name,
      limits: limits as ServerLimits,
      clock,
      listen,
      accept: (link, { signal }) => events.accept(link, terms, signal),
      frames: (link, batch) => events.frames(link.data, batch),
      closed: (link, cause) => events.closed(link, terms, cause),
    });
    const listener = { ...terms, server };
    this.#listeners.push(listener);
    log.info({ listener: name, protocol: protocolName, address: server.address }, 'listening for devices');
    return describe(listener);
  }

  list(): ListenerInfo[] {
    return this.#listeners.map(describe);
  }

  /** Open links, each with the name of its listener. */
  *links(): Generator<{ readonly listener: string; readonly link: DeviceLink }, void, undefined> {
    for (const { listener, server } of this.#listeners)
      for (const link of server.sessions) yield { listener, link };
  }

  find(id: string): { readonly listener: string; readonly link: DeviceLink } | undefined {
    for (const open of this.links()) if (open.link.id === id) return open;
    return undefined;
  }

  /** Stops accepting and closes the links. */
  async close(): Promise<void> {
    await Promise.all(this.#listeners.map(({ server }) => server.close()));
  }
}

function describe({ listener, protocol, server }: Listener): ListenerInfo {
  return { name: listener, protocol: protocol.name, address: server.address, sessions: server.sessions.size };
}
