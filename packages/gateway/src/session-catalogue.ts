import type { ErrorEntry } from '@fairlead/core';

/** Why the session of a device ends, or does not begin, although the device is known. */
export const sessionEntries = {
  SESSION_REPLACED: {
    kind: 'closed',
    side: 'remote',
    retryable: true,
    message: 'The same device connected again, as {link}.',
    help: 'A device has one link, the newest. If this repeats, two devices use the same token.',
  },
  SESSION_KEPT: {
    kind: 'conflict',
    side: 'remote',
    retryable: true,
    message:
      'The device {device} is connected already, from {earlier} as {link}, and the listener {listener} keeps the earlier link.',
    help: 'If the addresses differ, two devices use the same token: give one of them its own. Otherwise the earlier link is dead: the operating system probes it now, and the device may enter as soon as it is suspect or closed. With takeover: newest of the listener, the newest link wins. The link was closed.',
  },
  SESSIONS_TOO_FAST: {
    kind: 'limit',
    side: 'remote',
    retryable: true,
    message: 'The device {device} connects more than {limit} times a second, {burst} times at once.',
    help: 'The link was closed. The device, or a copy of its token, connects in a loop: look at its firmware, or give it another token with "fairlead device rotate".',
  },
  RATE_EXCEEDED: {
    kind: 'limit',
    side: 'remote',
    retryable: true,
    message:
      'The device sends more than {limit} within {per} ms, the limit of its {whose}; {refused} messages were dropped.',
    help: 'The link stays open. Let the device send less, or raise "rate" of the device, of its profile, or of limits of the listener. With "exceeded: wait" nothing is dropped: the device is slowed down.',
  },
  DEVICE_FLAPS: {
    kind: 'conflict',
    side: 'remote',
    retryable: false,
    message:
      'The link of the device {device} was {event} {count} times within a minute, last from {earlier} to {remote}.',
    help: 'If the addresses differ, two devices use the same token: give one of them its own. Otherwise the device reconnects without closing its link.',
  },
  DEVICE_CHANGED: {
    kind: 'closed',
    side: 'local',
    retryable: true,
    message: 'The framing, the identity or the address of the device was changed.',
    help: 'The new settings apply when the device connects again.',
  },
  DEVICE_REMOVED: {
    kind: 'closed',
    side: 'local',
    retryable: false,
    message: 'The device was removed.',
    help: 'To let it connect again, add it, and configure it with its new token.',
  },
  TOKEN_REPLACED: {
    kind: 'closed',
    side: 'local',
    retryable: false,
    message: 'The token with which the device had connected was replaced.',
    help: 'Configure the device with the token that "fairlead device rotate" printed.',
  },
} as const satisfies Record<string, ErrorEntry>;
