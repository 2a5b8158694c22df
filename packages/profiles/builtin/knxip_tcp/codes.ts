// Codes of KNXnet/IP and their names.

export const services: Record<number, string> = {
  513: 'SEARCH_REQUEST',
  514: 'SEARCH_RESPONSE',
  515: 'DESCRIPTION_REQUEST',
  516: 'DESCRIPTION_RESPONSE',
  517: 'CONNECT_REQUEST',
  518: 'CONNECT_RESPONSE',
  519: 'CONNECTIONSTATE_REQUEST',
  520: 'CONNECTIONSTATE_RESPONSE',
  521: 'DISCONNECT_REQUEST',
  522: 'DISCONNECT_RESPONSE',
  523: 'SEARCH_REQUEST_EXTENDED',
  524: 'SEARCH_RESPONSE_EXTENDED',
  784: 'DEVICE_CONFIGURATION_REQUEST',
  785: 'DEVICE_CONFIGURATION_ACK',
  1056: 'TUNNELLING_REQUEST',
  1057: 'TUNNELLING_ACK',
  1058: 'TUNNELLING_FEATURE_GET',
  1059: 'TUNNELLING_FEATURE_RESPONSE',
  1060: 'TUNNELLING_FEATURE_SET',
  1061: 'TUNNELLING_FEATURE_INFO',
  1328: 'ROUTING_INDICATION',
  1329: 'ROUTING_LOST_MESSAGE',
  1330: 'ROUTING_BUSY',
  2384: 'SECURE_WRAPPER',
  2385: 'SESSION_REQUEST',
  2386: 'SESSION_RESPONSE',
  2387: 'SESSION_AUTHENTICATE',
  2388: 'SESSION_STATUS',
  2389: 'TIMER_NOTIFY',
};

export const statuses: Record<number, string> = {
  0: 'no error',
  1: 'host protocol type not supported',
  2: 'protocol version not supported',
  4: 'wrong sequence number',
  33: 'no such channel',
  34: 'connection type not supported',
  35: 'connection option not supported',
  36: 'no more connections',
  37: 'no more unique connections',
  38: 'error of the data connection',
  39: 'error of the KNX connection',
  40: 'not authorised',
  41: 'tunnelling layer not supported',
};

export const features: Record<number, string> = {
  1: 'supported EMI types',
  2: 'device descriptor',
  3: 'bus connected',
  4: 'manufacturer',
  5: 'active EMI type',
  6: 'individual address',
  7: 'longest APDU',
  8: 'feature info',
};

export const codes: Record<number, string> = {
  17: 'L_Data.req',
  41: 'L_Data.ind',
  46: 'L_Data.con',
  43: 'L_Busmon.ind',
  252: 'M_PropRead.req',
  251: 'M_PropRead.con',
  246: 'M_PropWrite.req',
  245: 'M_PropWrite.con',
  247: 'M_PropInfo.ind',
  241: 'M_Reset.req',
  240: 'M_Reset.ind',
};

/** Application services by their ten bits; the first three have six bits of data in the same bytes. */
export const shortApci = ['GroupValueRead', 'GroupValueResponse', 'GroupValueWrite'];

export const longApci: Record<number, string> = {
  192: 'IndividualAddressWrite',
  256: 'IndividualAddressRead',
  320: 'IndividualAddressResponse',
  768: 'DeviceDescriptorRead',
  832: 'DeviceDescriptorResponse',
  896: 'Restart',
  981: 'PropertyValueRead',
  982: 'PropertyValueResponse',
  983: 'PropertyValueWrite',
  1009: 'SecureService',
};

export const maskedApci: Record<number, string> = {
  6: 'ADCRead',
  7: 'ADCResponse',
  8: 'MemoryRead',
  9: 'MemoryResponse',
  10: 'MemoryWrite',
};
