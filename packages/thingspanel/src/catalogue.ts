import { defineErrors } from '@fairlead/core';

/** The codes of `@fairlead/thingspanel`. None of them shows a token. */
export const thingspanelErrors = defineErrors('thingspanel', {
  // --- look-ups ------------------------------------------------------------------------------------------------
  THINGSPANEL_UNREACHABLE: {
    kind: 'network',
    side: 'environment',
    retryable: true,
    message: 'ThingsPanel does not answer at {url}: {reason}.',
    help: 'Check thingspanel.platform and that the platform runs. Devices that it has confirmed before may enter meanwhile (thingspanel.cache.stale); others are refused.',
  },
  THINGSPANEL_ANSWER_INVALID: {
    kind: 'protocol',
    side: 'remote',
    retryable: true,
    message: 'The answer of ThingsPanel about a device cannot be used: {reason}.',
    help: 'Check that thingspanel.platform is the address of the ThingsPanel backend and not of its web page.',
  },
  THINGSPANEL_ANSWER_WRONG: {
    kind: 'protocol',
    side: 'remote',
    retryable: true,
    message: 'ThingsPanel answered about another device than the one that was asked for.',
    help: 'The AccessToken in its answer is not the one of the question. The answer was not used. Look for a proxy or a cache between Fairlead and the platform.',
  },
  THINGSPANEL_BUSY: {
    kind: 'limit',
    side: 'environment',
    retryable: true,
    message: 'More than {limit} devices wait for an answer of ThingsPanel.',
    help: 'The platform answers too slowly for so many devices, or strangers try tokens. Limit links with listeners.NAME.limits.acceptRate.',
  },
  THINGSPANEL_DEVICES_FULL: {
    kind: 'limit',
    side: 'local',
    retryable: false,
    message: 'ThingsPanel confirmed a new device, but {limit} of its devices are kept already.',
    help: 'Delete devices that are no longer used, in ThingsPanel.',
  },
  THINGSPANEL_STALE: {
    kind: 'network',
    side: 'environment',
    retryable: true,
    message:
      'The device "{device}" entered by an answer of ThingsPanel that is {age} s old, because a new one failed: {reason}',
    help: 'It was known then. When the platform answers again, the device is looked up again, and its link is closed if it is refused.',
  },
  // --- storage -------------------------------------------------------------------------------------------------
  THINGSPANEL_FILE_UNUSABLE: {
    kind: 'storage',
    side: 'environment',
    retryable: false,
    message: 'The file of ThingsPanel devices {file} cannot be used: {reason}.',
    help: 'Make it readable and writable for this user. If it is damaged, remove it: devices are then looked up at the platform again when they connect.',
  },
  // --- MQTT ----------------------------------------------------------------------------------------------------
  THINGSPANEL_USER_REFUSED: {
    kind: 'auth',
    side: 'remote',
    retryable: false,
    message:
      'The MQTT broker of ThingsPanel refuses the user of the device "{device}", so its message was not sent.',
    help: 'With thingspanel.connections: device, the token of each device is its MQTT user name. Check that the broker knows the device, or use connections: shared. Fairlead tries again by itself.',
  },
  THINGSPANEL_QUEUE_FULL: {
    kind: 'limit',
    side: 'environment',
    retryable: true,
    message: 'More than {limit} bytes wait for the MQTT connection of the device "{device}".',
    help: 'The connection of this device is slow or away while others work. Check the broker of the platform.',
  },
  THINGSPANEL_CONNECTIONS_FULL: {
    kind: 'limit',
    side: 'local',
    retryable: false,
    message: 'The device "{device}" got no MQTT connection of its own: {limit} are open.',
    help: 'Use thingspanel.connections: shared if the version of your platform takes it.',
  },
  THINGSPANEL_DOWNLINK_FAILED: {
    kind: 'network',
    side: 'environment',
    retryable: true,
    message: 'A message of ThingsPanel did not reach its device: {reason}',
    help: 'The platform does not repeat it. Send it again when the device is connected.',
  },
  // --- calls of the platform -----------------------------------------------------------------------------------
  THINGSPANEL_CALL_REFUSED: {
    kind: 'auth',
    side: 'remote',
    retryable: false,
    message:
      'A call from {address} to the ThingsPanel port was refused: the address is not in thingspanel.http.allow.',
    help: 'Add the address of the ThingsPanel backend to thingspanel.http.allow.',
  },
});
