/** What it costs to find which bytes of a frame yield which field, of a GT06 position and of a Teltonika packet. */
import { builtinProfile, Explainer, ProfileLink } from '@fairlead/profiles';
import { createSandbox } from '@fairlead/sandbox';
import { main, median, quick } from './harness.ts';
import { type Report, type Row, row } from './report.ts';

/** A position of "Concox GPS tracker communication protocol (GT06) V1.02", and the example of Teltonika's page on Codec 8. */
const FRAMES = {
  gt06: '78781f120b081d112e10cf027ac7eb0c46584900148f01cc00287d001fb8000380810d0a',
  teltonika:
    '000000000000003608010000016b40d8ea30010000000000000000000000000000000105021503010101425e0f01f10000601a014e0000000000000000010000c7cf',
} as const;

async function run(): Promise<Report> {
  await using sandbox = createSandbox();
  const rows: Row[] = [];
  for (const [name, hex] of Object.entries(FRAMES)) {
    const profile = await builtinProfile(name);
    const script = await sandbox.load(profile.script as string, { trial: true });
    const explainer = new Explainer(profile, script);
    const times: number[] = [];
    let found = 0;
    const link = new ProfileLink(profile, script, {
      known: true,
      explain: async (seen) => {
        const begun = performance.now();
        const explanation = await explainer.explain(seen);
        times.push(performance.now() - begun);
        found = explanation.fields.filter(({ bytes }) => bytes.length > 0).length;
        return explanation;
      },
    });
    for (let i = 0; i < (quick() ? 50 : 500); i++) await link.push(Buffer.from(hex, 'hex'), 0);
    if (found === 0) throw new Error(`no field of ${name} was found`);
    const bounds = name === 'gt06' ? { atMost: 20 } : {};
    rows.push(row(`a frame of ${name}, ${hex.length / 2} bytes`, median(times), 'ms', undefined, bounds));
  }
  const { kills, restarts } = sandbox.stats();
  if (kills + restarts > 0) throw new Error(`script processes ended during the run: ${kills + restarts}`);
  return { name: 'explain', rows };
}

if (import.meta.main) await main(run);
