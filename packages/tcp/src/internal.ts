/** Internal exports for other packages of Fairlead. They may change with any version: programs import `@fairlead/tcp`. */
export { ReconnectingClient } from './client/reconnecting-client.ts';
export { clientTransitions } from './client/state.ts';
export { LengthDecoder, lengthLayout } from './framing/length.ts';
export { limitOption, timeOption } from './framing/option-schemas.ts';
export { headOfFraming } from './framing/parse.ts';
export { headHex, notEncodable } from './framing/payload.ts';
export { HeadPattern, headOfMatches } from './framing/spec/head-pattern.ts';
export { Matcher, matchSchema } from './framing/spec/parts/match.ts';
export { framingJsonSchema } from './framing/spec/reference.ts';
export { type TimedOptions, timed } from './framing/timed.ts';
export { FrameTimers } from './link/frame-timers.ts';
export { FramedLink, type LinkOwner } from './link/framed-link.ts';
export { dialEndpoint, listenEndpoint } from './link/network.ts';
export { linkTransitions } from './link/state.ts';
export { dialTcp, listenTcp } from './link/tcp.ts';
export { endpointWithTls } from './link/tls-endpoint.ts';
export { aborted, Pending } from './request/pending.ts';
export { PendingList } from './request/pending-list.ts';
