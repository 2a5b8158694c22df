/** A service with a trigger in a process with a small heap; prints the port. What keeps its clients' messages is a rule. */
import { open } from '../house.ts';

const { automation } = await open({ memory: 2 ** 25 });
const rules = [
  {
    receive: 0,
    iterations: 'forever',
    key: 'K0',
    keyFormat: true,
    rules: [{ check: { equal: 'ping' }, rules: [{ send: 'pong' }] }],
  },
];
await automation.put('trigger', 'door', { connection: { port: 0, framing: 'line' }, rules });
process.stdout.write(`${automation.triggers()[0]?.address?.split(':').at(-1)}\n`);
