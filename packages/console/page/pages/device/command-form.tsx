/** A command that the profile describes: its example shows which parameters it takes, and of what type. */
import type { ProfileDetail } from '@fairlead/api';
import { Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useWords } from '../../words/words.tsx';
import { exampleOf, readAs, type Typed, typedOf } from './command-values.ts';

type Commands = NonNullable<ProfileDetail['commands']>;
interface Props {
  readonly commands: Commands;
  /** undefined: what is typed cannot be sent. */
  onChange(command: object | undefined): void;
}

export function CommandForm({ commands, onChange }: Props) {
  const { t } = useWords();
  const names = Object.keys(commands);
  const [name, setName] = useState(names[0] ?? '');
  const command = commands[name];
  const example = exampleOf(command?.example);
  const [typed, setTyped] = useState<{ readonly of: string; readonly values: Typed }>();
  const values = typed?.of === name ? typed.values : typedOf(example.params);
  const { params, wrong } = readAs(example.params, values);
  const made =
    wrong.length > 0
      ? undefined
      : example.params === undefined
        ? { method: example.method ?? name }
        : { method: example.method ?? name, params };
  const text = JSON.stringify(made);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text stands for the object
  useEffect(() => onChange(made), [text]);
  const set = (key: string, value: string | boolean): void =>
    setTyped({ of: name, values: { ...values, [key]: value } });
  return (
    <>
      <NativeSelect
        size="xs"
        w={320}
        label={t('device.command')}
        description={command?.about}
        data={names}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
      />
      {Object.entries(values).map(([key, value]) =>
        typeof value === 'boolean' ? (
          <Checkbox
            key={key}
            label={key}
            checked={value}
            onChange={({ currentTarget }) => set(key, currentTarget.checked)}
          />
        ) : (
          <TextInput
            key={key}
            w={320}
            label={key}
            value={value}
            error={wrong.includes(key) ? t('send.wrong') : undefined}
            onChange={({ currentTarget }) => set(key, currentTarget.value)}
          />
        ),
      )}
    </>
  );
}
