/** One row of a wire view: its bytes, what they mean, and which of them make which value. */
import type { ExplainedFrameView, ExplanationView } from '@fairlead/api';
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { api } from '../../data/api.ts';
import { type ByteRange, isWithin, parseRanges, rangesText } from '../../format/byte-ranges.ts';
import { count } from '../../format/numbers.ts';
import { visible } from '../../format/text.ts';
import { Time } from '../../parts/age.tsx';
import { ByteGrid } from '../../parts/byte-grid.tsx';
import { copyText } from '../../parts/copy-line.tsx';
import { Name } from '../../parts/names.tsx';
import { Failure } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';
import type { WireRow } from './rows.ts';
import classes from './wire.module.css';

interface Props {
  readonly row: WireRow;
  readonly codePage: string;
  readonly onClose: () => void;
}

/** A part of a frame: a field, or what its bytes do otherwise. */
interface Part {
  readonly key: string;
  readonly name: string;
  readonly value: string;
  readonly bytes: readonly ByteRange[];
}

export function Detail({ row, codePage, onClose }: Props) {
  const { t, language } = useWords();
  const [params, setParams] = useSearchParams();
  const hex = row.frame ?? row.raw ?? '';
  const explained = useExplained(row);
  const parts = useMemo(() => partsOf(explained.data?.explained, t), [explained.data, t]);
  const lit = parseRanges(params.get('bytes'));
  const light = (bytes: string): void =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        if (bytes === '' || next.get('bytes') === bytes) next.delete('bytes');
        else next.set('bytes', bytes);
        return next;
      },
      { replace: true },
    );
  const partAt = (at: number): Part | undefined => parts.find(({ bytes }) => isWithin(at, bytes));
  const namesAt = (at: number): string | undefined => {
    const names = parts.filter(({ bytes }) => isWithin(at, bytes)).map(({ name }) => name);
    return names.length === 0 ? undefined : names.join(', ');
  };
  return (
    <section className={classes.detail} aria-label={t('wire.bytesOf', { n: row.n })}>
      <div className={classes.detailHead}>
        <strong>{t('wire.number', { n: count(row.n, language) })}</strong>
        <Time at={new Date(row.time).toISOString()} />
        <span className={row.out ? classes.out : classes.in}>{row.out ? t('wire.out') : t('wire.in')}</span>
        {row.device !== undefined && (
          <Link href={`/devices/${encodeURIComponent(row.device)}`}>
            <Name>{row.device}</Name>
          </Link>
        )}
        <span className="dim">
          {hex.length / 2 < row.size
            ? t('wire.sizeCut', { shown: count(hex.length / 2, language), n: count(row.size, language) })
            : t('wire.size', { n: count(row.size, language) })}
        </span>
        <CopyLink />
        <Button variant="default" onClick={onClose}>
          {t('wire.close')}
        </Button>
      </div>
      {hex === '' ? (
        <p className="dim">{t('wire.noBytes')}</p>
      ) : (
        <ByteGrid
          hex={hex}
          label={t('wire.bytesOf', { n: row.n })}
          lit={lit}
          codePage={codePage}
          meaning={namesAt}
          onChoose={(at) => light(rangesText(partAt(at)?.bytes ?? [[at, at]]))}
        />
      )}
      <div>
        {explained.error !== null && (
          <Failure error={explained.error} retry={() => void explained.refetch()} />
        )}
        {explained.data?.error !== undefined && (
          <p className="bad">
            {explained.data.error} {explained.data.reason}
          </p>
        )}
        {explained.isLoading && <p className="dim">{t('wire.explaining')}</p>}
        {explained.data?.explained?.complete === false && <p className="warn">{t('wire.incomplete')}</p>}
        <ul className={classes.fields}>
          {parts.map(({ key, name, value, bytes }) => (
            <li key={key}>
              <button
                type="button"
                className={classes.field}
                aria-pressed={bytes.length > 0 && rangesText(bytes) === rangesText(lit)}
                onClick={() => light(rangesText(bytes))}
              >
                <span className={classes.name}>
                  <Name>{name}</Name>
                </span>
                <span className={classes.value}>
                  <Name>{value}</Name>
                </span>
                <span className={classes.places}>
                  {bytes.length === 0 ? '–' : rangesText(bytes).replaceAll(',', ', ')}
                </span>
              </button>
            </li>
          ))}
        </ul>
        {parts.length === 0 && row.values !== undefined && (
          <p className="mono">
            <Name>{visible(row.values)}</Name>
          </p>
        )}
      </div>
    </section>
  );
}

/** The address of the page names the record and the bytes. */
function CopyLink() {
  const { t } = useWords();
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    setCopied(await copyText(location.href));
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <>
      <Button variant="default" onClick={copy}>
        {t('wire.copyLink')}
      </Button>
      <span role="status" className="dim">
        {copied ? t('common.copied') : ''}
      </span>
    </>
  );
}

/** Frames are explained on demand, by the profile of their device. */
function useExplained({ frame, device, size }: WireRow) {
  const isWhole = frame !== undefined && frame !== '' && frame.length / 2 <= size;
  return useQuery<ExplainedFrameView | null>({
    queryKey: ['explain', device, frame],
    queryFn: async () => {
      const body = { device: device as string, hex: frame as string, of: 'payload' as const };
      return (await api.explain.run({ body })).frames[0] ?? null;
    },
    enabled: isWhole && device !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
}

function partsOf(
  explanation: ExplanationView | undefined,
  t: ReturnType<typeof useWords>['t'],
): readonly Part[] {
  if (explanation === undefined) return [];
  const { fields, kind, framing, check, reply } = explanation;
  const others = [
    ['kind', kind],
    ['framing', framing],
    ['check', check],
    ['reply', reply],
  ] as const;
  return [
    ...fields.map(({ name, value, bytes }) => ({
      key: `field ${name}`,
      name,
      value: JSON.stringify(value),
      bytes,
    })),
    ...others.flatMap(([name, bytes]) =>
      bytes.length === 0 ? [] : [{ key: name, name: t(`wire.part.${name}`), value: '', bytes }],
    ),
  ];
}
