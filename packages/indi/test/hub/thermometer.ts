/** A driver made with the kit: a thermometer that speaks lines over TCP. */
import { line } from '@fairlead/tcp';
import { ConnectionMode, runDriver, TcpConnection, WeatherDevice } from '../../src/index.ts';

class Thermometer extends WeatherDevice {
  readonly #tcp = new TcpConnection(this, {
    defaultHost: '127.0.0.1',
    defaultPort: 9999,
    codec: line({ max: '1KiB' }),
  });

  constructor() {
    super('Thermometer');
    this.addParameter('WEATHER_TEMPERATURE', { label: 'Temperature (C)', min: -10, max: 30 });
    this.setConnectionMode(ConnectionMode.Tcp);
    this.#tcp.registerHandshake(async (link) => (await link.request('*IDN?')).startsWith('ACME'));
    this.registerConnection(this.#tcp);
  }

  protected override async readWeather(): Promise<Record<string, number>> {
    const [, celsius = ''] = (await this.link.request('READ?')).split('=');
    return { WEATHER_TEMPERATURE: Number(celsius) };
  }
}

await runDriver(new Thermometer());
