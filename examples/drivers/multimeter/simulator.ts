#!/usr/bin/env node
/* The multimeter of driver.ts, simulated: node simulator.ts [PORT] */
import { line, refuseHttp, type Server, serve } from '@fairlead/tcp';

export class Meter {
  /** What it measures, by function. */
  readonly values: Record<string, number> = { 'VOLT:DC': 1.234, 'VOLT:AC': 230, 'CURR:DC': 0.01, RES: 4_700 };
  configured = 'VOLT:DC';
  /** Whether it can be asked for its errors. */
  tellsErrors = true;
  #errors: string[] = [];

  answer(command: string): string | undefined {
    if (command === '*IDN?') return 'ACME,DMM 6500,1234,1.0';
    if (command === 'SYST:ERR?')
      return this.tellsErrors ? (this.#errors.shift() ?? '+0,"No error"') : undefined;
    if (command === 'READ?') return scientific(this.values[this.configured] ?? 9.9e37);
    if (command === '*CLS') this.#errors = [];
    else if (command.startsWith('CONF:') && command.slice(5) in this.values)
      this.configured = command.slice(5);
    else this.#errors.push(`-113,"Undefined header;${command}"`);
    return undefined;
  }
}

/** `+1.234000E+00` */
function scientific(value: number): string {
  const [digits = '', exponent = ''] = Math.abs(value).toExponential(6).split('e');
  return `${value < 0 ? '-' : '+'}${digits}E${exponent.slice(0, 1)}${exponent.slice(1).padStart(2, '0')}`;
}

export function simulateMeter(endpoint: string, meter: Meter): Promise<Server<string, string, undefined>> {
  return serve(endpoint, {
    codec: refuseHttp(line({ max: '1KiB' })),
    frames(session, batch) {
      for (const command of batch) {
        const answer = meter.answer(command);
        if (answer !== undefined) session.send(answer);
      }
    },
  });
}

if (import.meta.main) {
  const server = await simulateMeter(`tcp://127.0.0.1:${process.argv[2] ?? 5025}`, new Meter());
  console.log(`A multimeter listens at ${server.address}.`);
}
