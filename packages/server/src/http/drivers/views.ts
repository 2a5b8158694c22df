/** How drivers, their clients and their properties are shown. */
import type { DriverClientsView, DriverView, PropertyView } from '@fairlead/api';
import type { Property } from '@fairlead/indi';
import { shownValue } from '../../drivers/bridge.ts';
import type { DriverClients, RevisedDriver } from '../../drivers/drivers.ts';
import { iso, isoMaybe } from '../context.ts';

export function driverView(driver: RevisedDriver): DriverView {
  return { ...driver, devices: [...driver.devices] };
}

export function clientsView(clients: DriverClients | undefined): DriverClientsView {
  const { connected = [], ended } = clients ?? {};
  return {
    connected: [...connected],
    ended: (ended?.recent ?? []).map(({ time, ...rest }) => ({
      ...rest,
      time: iso(time),
    })),
    counts: { ...ended?.counts },
  };
}

export function propertyView(property: Property): PropertyView {
  const { device, name, type, label, group, state, perm, rule, timestamp, elements } = property;
  return {
    ...{ device, name, type, label, group, state, perm, rule },
    time: isoMaybe(timestamp),
    elements: [...elements.values()].map(({ name, label, value, format, min, max, step }) => ({
      ...{ name, label, value: shownValue(value), format, min, max, step },
    })),
  };
}
