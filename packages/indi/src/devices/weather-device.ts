import { indiErrors } from '../catalogue.ts';
import { DriverInterface } from '../driver/device-runtime.ts';
import type { LightVector, MemberOptions, NumberVector, SwitchVector } from '../property/property.ts';
import type { PropertyState } from '../wire/index.ts';
import { PeriodicDevice } from './periodic-device.ts';
import { type Site, siteProperty } from './site.ts';

export interface WeatherParameter {
  /** The label, with its unit: `Temperature (C)`. */
  readonly label: string;
  /** The range in which the value is good. */
  readonly min: number;
  readonly max: number;
  /** The distance to the end of that range at which a warning begins, in per cent of the range. Default 15. */
  readonly warn?: number;
  /** Whether it affects the status of the station. Default true. */
  readonly critical?: boolean;
}

const ANY = 1_000_000;

/**
 * A weather station. Name its parameters in the constructor with {@link addParameter} and implement {@link readWeather}.
 *
 * Properties: WEATHER_UPDATE, WEATHER_REFRESH, WEATHER_OVERRIDE, WEATHER_STATUS (a light for each critical parameter),
 * WEATHER_PARAMETERS, and for each parameter its range (MIN_OK, MAX_OK, PERC_WARN), GEOGRAPHIC_COORD.
 */
export abstract class WeatherDevice<In = string, Out = In> extends PeriodicDevice<In, Out> {
  readonly site: Site;
  readonly #parameters = new Map<string, WeatherParameter>();
  readonly #ranges = new Map<string, NumberVector<'MIN_OK' | 'MAX_OK' | 'PERC_WARN'>>();
  #override: SwitchVector<'OVERRIDE'>;
  #status: LightVector | undefined;
  #values: NumberVector | undefined;

  constructor(name: string) {
    super(name, 'WEATHER', 'Weather', 60);
    this.driverInterface = DriverInterface.Weather;
    this.site = siteProperty(this, 'Location', 'whole');
    this.#override = this.switches('WEATHER_OVERRIDE', {
      label: 'Safety',
      rule: 'AnyOfMany',
      timeout: 0,
      members: { OVERRIDE: { label: 'Override Status' } },
    });
    this.#override.onNew((values) => {
      const on = values.OVERRIDE;
      this.#override.set(values).apply(on ? 'Busy' : 'Idle');
      if (on)
        this.log.warn(
          'The weather status is overridden and no longer reports danger. Switch this off as soon as possible.',
        );
      else this.log.info('The weather status is no longer overridden.');
      this.#showStatus();
      return 'shown';
    });
  }

  /** @param name for example `WEATHER_TEMPERATURE`, `WEATHER_WIND_SPEED`, `WEATHER_RAIN_HOUR` */
  addParameter(name: string, parameter: WeatherParameter): void {
    this.#parameters.set(name, parameter);
    const { label, min, max, warn = 15 } = parameter;
    const range = this.numbers(name, {
      label,
      group: 'Parameters',
      persistent: true,
      members: {
        MIN_OK: { label: 'OK range min', format: '%4.2f', min: -ANY, max: ANY, value: min },
        MAX_OK: { label: 'OK range max', format: '%4.2f', min: -ANY, max: ANY, value: max },
        PERC_WARN: { label: '% for Warning', format: '%g', min: 0, max: 100, step: 1, value: warn },
      },
    });
    range.onNew((values) => {
      if (values.MIN_OK > values.MAX_OK)
        throw indiErrors.error('INDI_VALUE_INVALID', {
          where: label,
          found: `the range from ${values.MIN_OK} to ${values.MAX_OK}`,
          expected: 'a minimum below the maximum',
        });
      range.update(values);
      this.#values?.setRange(name, { min: values.MIN_OK, max: values.MAX_OK });
      this.#showStatus();
      return 'shown';
    });
    this.#ranges.set(name, range);
  }

  /** The present values by parameter. A missing one is shown as Alert. */
  protected abstract readWeather(): Promise<Readonly<Record<string, number>>>;

  override initProperties(): void {
    const entries = [...this.#parameters];
    const numbers = entries.map(([name, { label, min, max }]): [string, MemberOptions<'Number'>] => [
      name,
      { label, format: '%4.2f', min, max },
    ]);
    this.#values = this.numbers('WEATHER_PARAMETERS', {
      label: 'Parameters',
      group: 'Parameters',
      perm: 'ro',
      members: Object.fromEntries(numbers),
    });
    const critical = entries.filter(([, parameter]) => parameter.critical !== false);
    this.#status = this.lights('WEATHER_STATUS', {
      label: 'Status',
      members: Object.fromEntries(critical.map(([name, { label }]) => [name, { label }])),
    });
  }

  override updateProperties(): void {
    super.updateProperties();
    const { period, refresh, site } = this;
    const values = this.#values as NumberVector;
    const status = this.#status as LightVector;
    const lights = status.names.length > 0 ? [status] : [];
    const all = [period, refresh, this.#override, ...lights, values, ...this.#ranges.values(), site];
    if (this.connected) this.define(...all);
    else this.remove(...all);
  }

  /** The range in which a parameter is good, as set by the client. */
  checkRequest(name: string, value: number): PropertyState {
    const range = this.#ranges.get(name);
    if (range === undefined) return 'Idle';
    const { MIN_OK: min, MAX_OK: max, PERC_WARN: warn } = range.values();
    if (!Number.isFinite(value) || value < min || value > max) return 'Alert';
    const margin = ((max - min) * warn) / 100;
    // A limit of zero has no warning margin: no wind is no reason for a warning.
    return (min !== 0 && value < min + margin) || (max !== 0 && value > max - margin) ? 'Busy' : 'Ok';
  }

  protected override async read(): Promise<void> {
    const values = this.#values as NumberVector;
    try {
      const read = await this.readWeather();
      const known = Object.entries(read).filter(
        ([name, value]) => values.has(name) && Number.isFinite(value),
      );
      values.set(Object.fromEntries(known));
      const missing = values.names.filter((name) => !known.some(([other]) => other === name));
      values.apply(missing.length === 0 ? 'Ok' : 'Alert');
      this.#showStatus(missing);
      if (missing.length > 0) throw indiErrors.error('READING_MISSING', { names: missing.join(', ') });
    } catch (error) {
      if (values.state !== 'Alert') values.apply('Alert');
      throw error;
    }
  }

  /** Sets each light, and the worst of them as the state of the property. While overridden, the state is Ok. */
  #showStatus(missing: readonly string[] = []): void {
    const status = this.#status;
    const values = this.#values;
    if (status === undefined || values === undefined || !status.defined) return;
    let worst: PropertyState = 'Ok';
    for (const name of status.names) {
      const value = values.get(name);
      const state = missing.includes(name) ? 'Alert' : this.checkRequest(name, value);
      if (state !== status.get(name) && !missing.includes(name)) this.#tell(name, value, state);
      status.set({ [name]: state });
      if (state === 'Alert' || (state === 'Busy' && worst === 'Ok')) worst = state;
    }
    status.apply(this.#override.get('OVERRIDE') ? 'Ok' : worst);
  }

  #tell(name: string, value: number, state: PropertyState): void {
    const label = this.#parameters.get(name)?.label ?? name;
    if (state === 'Busy') this.log.warn(`${label}: ${value} is close to the end of what is good.`);
    if (state === 'Alert') this.log.warn(`${label}: ${value} is outside of what is good.`);
  }
}
