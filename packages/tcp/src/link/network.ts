/** Chooses the transport by the scheme of the endpoint. */
import type { Dial, Listen } from './dial.ts';
import { dialTcp, listenTcp } from './tcp.ts';
import { dialTls, listenTls } from './tls.ts';

/** {@link Dial} over TCP, TLS or a Unix socket. */
export const dialEndpoint: Dial = (endpoint, options) =>
  endpoint.protocol === 'tls' ? dialTls(endpoint, options) : dialTcp(endpoint, options);

/** {@link Listen} over TCP, TLS or a Unix socket. */
export const listenEndpoint: Listen = (endpoint, options, accept) =>
  endpoint.protocol === 'tls' ? listenTls(endpoint, options, accept) : listenTcp(endpoint, options, accept);
