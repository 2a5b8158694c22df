import assert from 'node:assert/strict';
import { fault } from '@fairlead/testkit';
import { neighbours } from '../../soak/neighbours.ts';

fault(
  {
    name: 'Neighbours leave links half-open, guess tokens, connect in loops, flood, do not read, name unknown sub-devices',
    where: 'device',
    happens:
      'Every message of a device beside them is acknowledged. `npm run soak -- --target neighbours` measures how fast.',
    code: [
      'HANDSHAKE_TIMEOUT',
      'AUTH_TOKEN_UNKNOWN',
      'SESSIONS_TOO_FAST',
      'SUBDEVICE_UNKNOWN',
      'WRITE_BUFFER_FULL',
    ],
  },
  async () => {
    const { broken } = await neighbours({ rounds: 12, seed: 1, report: () => {} });
    assert.deepEqual(broken, []);
  },
  { timeout: 120_000 },
);
