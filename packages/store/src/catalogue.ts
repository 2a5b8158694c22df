import { defineErrors } from '@fairlead/core';

/** The codes of `@fairlead/store`. */
export const storeErrors = defineErrors('store', {
  // --- opening -------------------------------------------------------------------------------------------------
  STORE_UNREADABLE: {
    kind: 'storage',
    side: 'environment',
    retryable: false,
    message: 'The data folder {dir} cannot be used: {reason}.',
    help: 'Choose a folder that this user can read and write, on a disk with free space.',
  },
  STORE_LOCKED: {
    kind: 'conflict',
    side: 'environment',
    retryable: true,
    message: 'The database {file} is in use by another process.',
    help: 'Only one service at a time can use a data folder. Stop the other service, or give this one its own folder.',
  },
  STORE_NEWER: {
    kind: 'storage',
    side: 'environment',
    retryable: false,
    message:
      'The database {file} has format {found}; this version of Fairlead supports formats up to {known}. The file was not changed.',
    help: 'Run the newer version that wrote it, or restore the backup made before the upgrade (fairlead.db.bak-N).',
  },
  STORE_CORRUPT: {
    kind: 'storage',
    side: 'environment',
    retryable: false,
    message: 'The database {file} is damaged, or is not a Fairlead database: {reason}.',
    help: 'Stop the service, move the file away together with its -wal file, and restore a backup.',
  },
  STORE_MIGRATION_FAILED: {
    kind: 'storage',
    side: 'environment',
    retryable: false,
    message:
      'The database {file} could not be migrated to format {version}: {reason}. The file was not changed.',
    help: 'The usual cause is a full disk: the backup and the migration need space. Free some space and start again.',
  },
  // --- running -------------------------------------------------------------------------------------------------
  STORE_FAILED: {
    kind: 'storage',
    side: 'environment',
    retryable: true,
    message: 'The database failed: {reason}.',
    help: 'Check the free space and the health of the disk. Fairlead retries the write; until then it buffers data in memory.',
  },
  STORE_CLOSED: {
    kind: 'state',
    side: 'local',
    retryable: false,
    message: 'The store is closed.',
    help: 'The service is shutting down, or the program used the store after closing it.',
  },
  PRESENCE_STALE: {
    kind: 'closed',
    side: 'local',
    retryable: true,
    message: 'The service ended without recording that this device went offline.',
    help: 'The cause is a crash, a kill or a power failure. The device is shown as offline until it connects again.',
  },
  // --- devices -------------------------------------------------------------------------------------------------
  DEVICE_NAME_INVALID: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: '{name} is not a valid device name.',
    help: 'A name has 1 to 64 characters: letters, digits, "_", ":" and "-", the first a letter or a digit.',
  },
  DEVICE_INVALID: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'The device\'s "{field}" is not valid: {reason}.',
    help: 'The message says what is allowed.',
  },
  DEVICE_EXISTS: {
    kind: 'conflict',
    side: 'local',
    retryable: false,
    message: 'There is already a device called "{name}".',
    help: 'Choose another name, or change the existing device.',
  },
  DEVICE_UNKNOWN: {
    kind: 'missing',
    side: 'local',
    retryable: false,
    message: 'There is no device called "{name}".',
    help: 'Names are case-sensitive; "fairlead device ls" shows them.',
  },
  DEVICE_HAS_SUBDEVICES: {
    kind: 'conflict',
    side: 'local',
    retryable: false,
    message: '"{name}" is a gateway with {count} sub-devices.',
    help: 'Remove its sub-devices first, or remove them together with it.',
  },
  PARENT_UNKNOWN: {
    kind: 'missing',
    side: 'local',
    retryable: false,
    message: 'There is no gateway device called "{parent}".',
    help: 'Add the gateway device first, with the type "gateway".',
  },
  PARENT_NOT_GATEWAY: {
    kind: 'conflict',
    side: 'local',
    retryable: false,
    message: '"{parent}" is not a gateway device: its type is {type}.',
    help: 'Only a device of the type "gateway" has sub-devices.',
  },
  ADDRESS_TAKEN: {
    kind: 'conflict',
    side: 'local',
    retryable: false,
    message: 'The address "{address}" behind "{parent}" belongs to "{name}".',
    help: 'Each sub-device of a gateway needs its own address.',
  },
  TOKEN_NOT_ALLOWED: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'This token cannot be imported: {reason}.',
    help: 'A token is 1 to 512 characters of printable ASCII on one line. Leave it out to have one generated.',
  },
  TOKEN_TAKEN: {
    kind: 'conflict',
    side: 'local',
    retryable: false,
    message: 'Another device has the same token.',
    help: 'The token identifies the device, so each device needs its own.',
  },
  SUBDEVICE_HAS_NO_TOKEN: {
    kind: 'conflict',
    side: 'local',
    retryable: false,
    message: '"{name}" is a sub-device; it uses the link of "{parent}" and has no token.',
    help: "Change the gateway's token instead.",
  },
  // --- profiles and settings -----------------------------------------------------------------------------------
  PROFILE_INVALID: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'The profile\'s "{field}" is not valid: {reason}.',
    help: 'The message says what is allowed.',
  },
  PROFILE_UNKNOWN: {
    kind: 'missing',
    side: 'local',
    retryable: false,
    message: 'There is no profile called "{name}".',
    help: 'Profile names are case-sensitive.',
  },
  PROFILE_IN_USE: {
    kind: 'conflict',
    side: 'local',
    retryable: false,
    message: 'The profile "{name}" is used by {count} devices.',
    help: 'Give those devices another profile first.',
  },
  DATA_EXPOSED: {
    kind: 'storage',
    side: 'environment',
    retryable: false,
    message: 'Other users of this machine may {may} {path} (mode {mode}).',
    help: 'Set the mode of the data folder to 0700 and of the files in it to 0600, as Fairlead creates them: chmod 0700 FOLDER; chmod 0600 FOLDER/*. If others had access, rotate the tokens.',
  },
  SETTING_INVALID: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'The setting "{key}" is not valid: {reason}.',
    help: 'The message says what is allowed.',
  },
});
