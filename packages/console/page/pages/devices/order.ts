/** The order of the devices, which is in the address of the page: `sort=since`, `sort=-since`. */
import type { DeviceView } from '@fairlead/api';
import { useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { stateOf } from '../../data/device-state.ts';
import type { Order } from '../../data/filtered.ts';

const reads = {
  name: ({ name }) => name,
  state: stateOf,
  since: ({ since = '' }) => since,
  profile: ({ profile, protocol }) => profile ?? protocol,
  label: ({ label = '' }) => label,
} satisfies Readonly<Record<string, (device: DeviceView) => string>>;
export type OrderBy = keyof typeof reads;

interface Sorted {
  readonly sort: 'asc' | 'desc' | false;
  readonly onSort: () => void;
}

export function useOrder(): { readonly order: Order<DeviceView>; readonly sorted: (by: OrderBy) => Sorted } {
  const [params, setParams] = useSearchParams();
  const text = params.get('sort') ?? 'name';
  const isBack = text.startsWith('-');
  const given = isBack ? text.slice(1) : text;
  const by: OrderBy = given in reads ? (given as OrderBy) : 'name';
  const order = useMemo(() => orderBy(by, isBack), [by, isBack]);
  const sorted = useMemo(
    () =>
      (column: OrderBy): Sorted => ({
        sort: column === by ? (isBack ? 'desc' : 'asc') : false,
        onSort: () =>
          setParams(
            (before) => {
              const after = new URLSearchParams(before);
              after.set('sort', column === by && !isBack ? `-${column}` : column);
              return after;
            },
            { replace: true },
          ),
      }),
    [by, isBack, setParams],
  );
  return { order, sorted };
}

/** By code units, which is fast; devices that are alike are in the order of their names. */
export function orderBy(by: OrderBy, isBack: boolean): Order<DeviceView> {
  const read = reads[by];
  const sign = isBack ? -1 : 1;
  return {
    id: `${by} ${isBack}`,
    compare: (one, other) => {
      const [a, b] = [read(one), read(other)];
      if (a !== b) return a < b ? -sign : sign;
      return one.name < other.name ? -1 : one.name > other.name ? 1 : 0;
    },
  };
}
