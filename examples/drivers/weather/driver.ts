#!/usr/bin/env node
/*
 * A weather station that speaks a line protocol over TCP.
 *
 *     *IDN?    ACME Weather 2.1
 *     READ?    T=21.5;H=40.2;P=1013.2;W=3.4;R=0.0     Celsius, per cent, hPa, km/h, mm in the last hour
 *
 * Port to open in a firewall: TCP 9999, from this machine to the station.
 */
import { ConnectionMode, runDriver, TcpConnection, WeatherDevice } from '@fairlead/indi';
import { line } from '@fairlead/tcp';

/** What the station calls a value, and what INDI does. */
const PARAMETERS: Readonly<Record<string, string>> = {
  T: 'WEATHER_TEMPERATURE',
  H: 'WEATHER_HUMIDITY',
  P: 'WEATHER_PRESSURE',
  W: 'WEATHER_WIND_SPEED',
  R: 'WEATHER_RAIN_HOUR',
};

export class WeatherStation extends WeatherDevice {
  readonly #tcp = new TcpConnection(this, {
    defaultHost: '192.168.1.100',
    defaultPort: 9999,
    codec: line({ max: '1KiB' }),
    simulator: (command) => (command === '*IDN?' ? 'ACME Weather 2.1' : 'T=21.5;H=40;P=1013;W=3;R=0'),
  });

  constructor() {
    super('Weather Station');
    this.addParameter('WEATHER_TEMPERATURE', { label: 'Temperature (C)', min: -10, max: 30 });
    this.addParameter('WEATHER_HUMIDITY', { label: 'Humidity (%)', min: 0, max: 90 });
    this.addParameter('WEATHER_PRESSURE', { label: 'Pressure (hPa)', min: 900, max: 1_100, critical: false });
    this.addParameter('WEATHER_WIND_SPEED', { label: 'Wind (km/h)', min: 0, max: 40 });
    this.addParameter('WEATHER_RAIN_HOUR', { label: 'Rain (mm/h)', min: 0, max: 0 });
    this.setConnectionMode(ConnectionMode.Tcp);
    this.#tcp.registerHandshake(async (link) => (await link.request('*IDN?')).startsWith('ACME'));
    this.registerConnection(this.#tcp);
  }

  protected override async readWeather(): Promise<Record<string, number>> {
    const values: Record<string, number> = {};
    for (const part of (await this.link.request('READ?')).split(';')) {
      const [key = '', value = ''] = part.split('=');
      const parameter = PARAMETERS[key.trim()];
      if (parameter !== undefined && value.trim() !== '') values[parameter] = Number(value);
    }
    return values;
  }
}

export default WeatherStation;
if (import.meta.main) await runDriver(new WeatherStation());
