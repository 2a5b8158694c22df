#!/usr/bin/env node
/*
 * A bench multimeter that speaks SCPI over a raw socket.
 *
 *     *IDN?             ACME,DMM 6500,1234,1.0
 *     *CLS              (no answer)
 *     CONF:VOLT:DC      (no answer)
 *     READ?             +1.234000E+00        9.9E37 and beyond: overload
 *     SYST:ERR?         +0,"No error"        -113,"Undefined header;ABCD"
 *
 * Answers carry no id: they are told by their order, so one command is under way at a time.
 * Port to open in a firewall: TCP 5025, from this machine to the multimeter.
 */
import { ConnectionMode, runDriver, SensorDevice, TcpConnection } from '@fairlead/indi';
import { line } from '@fairlead/tcp';

const FUNCTIONS = {
  VOLT_DC: { label: 'DC voltage (V)', command: 'CONF:VOLT:DC' },
  VOLT_AC: { label: 'AC voltage (V)', command: 'CONF:VOLT:AC' },
  CURR_DC: { label: 'DC current (A)', command: 'CONF:CURR:DC' },
  RES: { label: 'Resistance (Ohm)', command: 'CONF:RES' },
} as const;
type Function = keyof typeof FUNCTIONS;
const NAMES = Object.keys(FUNCTIONS) as Function[];
/** What SCPI sends for a value beyond the range. */
const OVERLOAD = 9.9e37;

export class Multimeter extends SensorDevice {
  readonly #tcp = new TcpConnection(this, {
    defaultHost: '192.168.1.100',
    defaultPort: 5025,
    codec: line({ max: '64KiB' }),
  });
  readonly measures = this.switches('METER_FUNCTION', {
    label: 'Function',
    persistent: true,
    members: {
      VOLT_DC: { label: FUNCTIONS.VOLT_DC.label, value: true },
      VOLT_AC: { label: FUNCTIONS.VOLT_AC.label },
      CURR_DC: { label: FUNCTIONS.CURR_DC.label },
      RES: { label: FUNCTIONS.RES.label },
    },
  });
  readonly identity = this.texts('METER_INFO', {
    label: 'Instrument',
    perm: 'ro',
    members: { MAKER: { label: 'Maker' }, MODEL: { label: 'Model' }, SERIAL: { label: 'Serial number' } },
  });

  constructor() {
    super('Multimeter');
    this.addReading('VALUE', { label: 'Value', format: '%.6g' });
    this.setConnectionMode(ConnectionMode.Tcp);
    this.#tcp.registerHandshake(async (link) => {
      const fields = (await link.request('*IDN?')).split(',');
      if (fields.length !== 4) return false;
      const [maker = '', model = '', serial = ''] = fields;
      this.identity.set({ MAKER: maker, MODEL: model, SERIAL: serial });
      await link.send('*CLS');
      await link.send(FUNCTIONS[this.measures.on ?? 'VOLT_DC'].command);
      return true;
    });
    this.registerConnection(this.#tcp);
    this.measures.onNew(async (values) => {
      const wanted = NAMES.find((name) => values[name]) ?? 'VOLT_DC';
      await this.link.send(FUNCTIONS[wanted].command);
      await this.#check();
    });
  }

  override updateProperties(): void {
    super.updateProperties();
    if (this.connected) this.define(this.measures, this.identity);
    else this.remove(this.measures, this.identity);
  }

  protected override async readSensor(): Promise<Record<string, number>> {
    const value = Number(await this.link.request('READ?'));
    if (Math.abs(value) >= OVERLOAD) throw new Error('Overload: the value is beyond the range.');
    return { VALUE: value };
  }

  /** Throws what the instrument has complained about, if it has. Simple instruments keep no list of their errors. */
  async #check(): Promise<void> {
    const error = await this.link.inquire('SYST:ERR?', { match: (frame) => /^[+-]?\d+,/.test(frame) });
    if (error === undefined) return;
    const [code = '', text = ''] = error.split(/,(.*)/s);
    if (Number(code) !== 0) throw new Error(`The instrument says ${text} (${code}).`);
  }
}

export default Multimeter;
if (import.meta.main) await runDriver(new Multimeter());
