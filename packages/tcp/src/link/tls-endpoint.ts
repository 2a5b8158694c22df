import { coreErrors, type Endpoint, parseEndpoint } from '@fairlead/core';

/**
 * The endpoint of an operation that has a `tls` option. With `tls` a text without a scheme means TLS, and an endpoint that
 * excludes TLS is refused, so that secrets are not sent unencrypted.
 * Throws `ENDPOINT_INVALID`, or `OPTION_INVALID` if the two contradict each other.
 * @param tls the option; undefined: not given
 * @param where the function that has the option, for the message: `connect()`
 */
export function endpointWithTls(
  endpoint: string | Endpoint,
  tls: unknown,
  where: string,
  defaultPort?: number,
): Endpoint {
  if (tls === undefined) return parseEndpoint(endpoint, defaultPort);
  const parsed = parseEndpoint(endpoint, defaultPort, 'tls');
  if (parsed.protocol === 'tls') return parsed;
  throw coreErrors.error('OPTION_INVALID', {
    key: 'tls',
    where: ` of ${where}`,
    reason: `an endpoint of ${parsed.protocol === 'tcp' ? 'tcp://' : 'unix:'} is not encrypted. Write tls://host:port or host:port, or leave out "tls".`,
  });
}
