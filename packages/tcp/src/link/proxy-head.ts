import type net from 'node:net';
import { type Clock, coreErrors } from '@fairlead/core';
import { tcpErrors } from '../catalogue.ts';
import { tcpLimits } from '../limits.ts';
import { readProxyHeader } from '../proxy/header.ts';
import type { ProxyHeader } from '../proxy/types.ts';

/** `required`: no link without a header. `optional`: with or without. `forbidden`: the peer is no trusted proxy. */
export type ProxyTrust = 'required' | 'optional' | 'forbidden';

/**
 * Takes the PROXY header from a paused socket; the bytes after it stay in the socket, which is paused again. Rejects with
 * PROXY_HEADER_INVALID, PROXY_HEADER_MISSING, PROXY_HEADER_UNTRUSTED or PEER_CLOSED. It settles only when bytes arrive, or, where a header
 * is not required, after a short silence: a client may wait for us to speak first. The caller bounds the time.
 */
export function takeProxyHeader(
  socket: net.Socket,
  trust: ProxyTrust,
  clock: Clock,
): Promise<ProxyHeader | undefined> {
  return new Promise((resolve, reject) => {
    let head: Buffer = Buffer.alloc(0);
    const settle = (work: () => ProxyHeader | undefined) => {
      clock.clear(silence);
      socket.off('data', onData).off('end', onEnd).off('close', onEnd).pause();
      try {
        resolve(work());
      } catch (error) {
        reject(error);
      }
    };
    const without = (): undefined => {
      if (trust === 'required') throw tcpErrors.error('PROXY_HEADER_MISSING');
      if (head.length > 0) socket.unshift(head);
    };
    const onData = (chunk: Buffer) => {
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      try {
        const read = readProxyHeader(head);
        if (read === 'more') return;
        settle(() => {
          if (read === 'none') return without();
          if (trust === 'forbidden') throw untrusted(socket);
          if (read.length < head.length) socket.unshift(head.subarray(read.length));
          return read.header;
        });
      } catch (error) {
        settle(() => {
          throw trust === 'forbidden' ? untrusted(socket) : error;
        });
      }
    };
    const onEnd = () =>
      settle(() => {
        throw coreErrors.error('PEER_CLOSED');
      });
    const silence =
      trust === 'required' ? undefined : clock.after(tcpLimits.values.proxySilence, () => settle(without));
    socket.on('data', onData).on('end', onEnd).on('close', onEnd).resume();
  });
}

const untrusted = ({ remoteAddress: address = 'unknown' }: net.Socket) =>
  tcpErrors.error('PROXY_HEADER_UNTRUSTED', { address });
