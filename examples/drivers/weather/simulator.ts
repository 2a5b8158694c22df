#!/usr/bin/env node
/* The weather station of driver.ts, simulated: node simulator.ts [PORT] */
import { line, refuseHttp, type Server, serve } from '@fairlead/tcp';

export interface Weather {
  T: number;
  H: number;
  P: number;
  W: number;
  R: number;
}

/** Answers as the station does, with the weather as it is in `weather` when asked. */
export function simulateStation(
  endpoint: string,
  weather: Weather,
): Promise<Server<string, string, undefined>> {
  const answers: Readonly<Record<string, () => string>> = {
    '*IDN?': () => 'ACME Weather 2.1',
    'READ?': () =>
      Object.entries(weather)
        .map(([key, value]) => `${key}=${value}`)
        .join(';'),
  };
  return serve(endpoint, {
    codec: refuseHttp(line({ max: '1KiB' })),
    frames(session, batch) {
      for (const command of batch) session.send(answers[command]?.() ?? 'ERROR');
    },
  });
}

if (import.meta.main) {
  const server = await simulateStation(`tcp://127.0.0.1:${process.argv[2] ?? 9999}`, {
    T: 21.5,
    H: 40.2,
    P: 1013.2,
    W: 3.4,
    R: 0,
  });
  console.log(`A weather station listens at ${server.address}.`);
}
