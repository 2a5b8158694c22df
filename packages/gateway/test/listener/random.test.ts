import assert from 'node:assert/strict';
import { fault, settled } from '@fairlead/testkit';
import fc from 'fast-check';
import { deviceOf, profileWorld, stars, talks } from '../profiles.ts';

/** Pieces of the protocols, and any bytes. */
const piece = fc.oneof(
  fc.constantFrom(
    '*',
    '#',
    '+1#',
    '*d001,1#',
    '*d002#',
    'LOGIN d2\n',
    'LOGIN',
    'HELLO\n',
    '\n',
    'TP',
    '\0\0',
    'GET / ',
  ),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
);

fault(
  {
    name: 'Strangers send random bytes to a listener of profiles',
    where: 'device',
    happens: 'Each link is closed with a code, and known devices go on.',
    code: 'PROTOCOL_UNDETECTED',
  },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(piece, { maxLength: 8 }), { minLength: 1, maxLength: 4 }),
        fc.constantFrom('inbox' as const, 'refuse' as const),
        async (strangers, unknown) => {
          const profiles = ['stars', 'talks', 'official', 'custom'];
          const devices = [deviceOf(stars, 'd001'), deviceOf(stars, 'good'), deviceOf(talks, 'd2')];
          const { tracker, gateway, bus, clock } = await profileWorld([stars, talks], devices, {
            profiles,
            unknown,
          });
          const good = await (await tracker()).send('*good,0#');
          for (const pieces of strangers) {
            const peer = await (await tracker()).send(...pieces);
            peer.transport.end();
            await clock.advance(300);
          }
          await clock.advance(11_000);
          await settled();
          await good.send('+1#');
          assert.equal(bus.readings.at(-1), 'devices/good/raw +1');
          for (const { device, state, code = '' } of gateway.links()) {
            if (device === 'good') continue;
            assert.equal(state, 'closed');
            assert.ok(!['CODEC_FAILED', 'CODEC_STALLED', 'HANDLER_FAILED'].includes(code), code);
          }
          assert.ok(gateway.inbox().every(({ connected }) => !connected));
        },
      ),
      { numRuns: 150 },
    );
  },
);
