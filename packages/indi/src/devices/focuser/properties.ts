import type { AnyDevice } from '../../driver/device.ts';
import type { MemberOptions, NumberVector, SwitchVector } from '../../property/property.ts';
import type { FocuserOptions } from './options.ts';

type OnOff = SwitchVector<'INDI_ENABLED' | 'INDI_DISABLED'>;

export interface FocuserProperties {
  readonly direction: SwitchVector<'FOCUS_INWARD' | 'FOCUS_OUTWARD'>;
  readonly speed: NumberVector<'FOCUS_SPEED_VALUE'>;
  readonly timer: NumberVector<'FOCUS_TIMER_VALUE'>;
  readonly relative: NumberVector<'FOCUS_RELATIVE_POSITION'>;
  readonly absolute: NumberVector<'FOCUS_ABSOLUTE_POSITION'>;
  readonly largest: NumberVector<'FOCUS_MAX_VALUE'>;
  readonly abort: SwitchVector<'ABORT'>;
  readonly sync: NumberVector<'FOCUS_SYNC_VALUE'>;
  readonly reverse: OnOff;
  readonly backlash: OnOff;
  readonly backlashSteps: NumberVector<'FOCUS_BACKLASH_VALUE'>;
  readonly presets: NumberVector<'PRESET_1' | 'PRESET_2' | 'PRESET_3'>;
  readonly presetGoto: SwitchVector<'Preset 1' | 'Preset 2' | 'Preset 3'>;
}

/** The properties of focusers in INDI, with the names, labels and formats that clients know. */
export function focuserProperties(device: AnyDevice, options: FocuserOptions): FocuserProperties {
  const { max = 100_000, speeds = 1 } = options;
  const steps = { label: 'Steps', format: '%.f', min: 0, max, step: Math.max(1, max / 100) };
  const onOff = (name: string, label: string): OnOff =>
    device.switches(name, {
      label,
      persistent: true,
      members: { INDI_ENABLED: { label: 'Enabled' }, INDI_DISABLED: { label: 'Disabled', value: true } },
    });
  const preset = (label: string): MemberOptions<'Number'> => ({ ...steps, label });
  return {
    direction: device.switches('FOCUS_MOTION', {
      label: 'Direction',
      members: { FOCUS_INWARD: { label: 'Focus In', value: true }, FOCUS_OUTWARD: { label: 'Focus Out' } },
    }),
    speed: device.numbers('FOCUS_SPEED', {
      label: 'Speed',
      persistent: true,
      members: {
        FOCUS_SPEED_VALUE: { label: 'Focus Speed', format: '%3.0f', min: 1, max: speeds, step: 1, value: 1 },
      },
    }),
    timer: device.numbers('FOCUS_TIMER', {
      label: 'Timer',
      members: {
        FOCUS_TIMER_VALUE: {
          label: 'Focus Timer (ms)',
          format: '%4.0f',
          min: 0,
          max: 5_000,
          step: 50,
          value: 1_000,
        },
      },
    }),
    relative: device.numbers('REL_FOCUS_POSITION', {
      label: 'Relative Position',
      members: { FOCUS_RELATIVE_POSITION: steps },
    }),
    absolute: device.numbers('ABS_FOCUS_POSITION', {
      label: 'Absolute Position',
      members: { FOCUS_ABSOLUTE_POSITION: steps },
    }),
    largest: device.numbers('FOCUS_MAX', {
      label: 'Max. Position',
      persistent: true,
      members: { FOCUS_MAX_VALUE: { ...steps, min: 1, value: max } },
    }),
    abort: device.switches('FOCUS_ABORT_MOTION', {
      label: 'Abort Motion',
      rule: 'AtMostOne',
      members: { ABORT: { label: 'Abort' } },
    }),
    sync: device.numbers('FOCUS_SYNC', { label: 'Sync', members: { FOCUS_SYNC_VALUE: steps } }),
    reverse: onOff('FOCUS_REVERSE_MOTION', 'Reverse Motion'),
    backlash: onOff('FOCUS_BACKLASH_TOGGLE', 'Backlash'),
    backlashSteps: device.numbers('FOCUS_BACKLASH_STEPS', {
      label: 'Backlash',
      persistent: true,
      members: { FOCUS_BACKLASH_VALUE: { label: 'Steps', format: '%.f', min: 0, max: 1e6, step: 100 } },
    }),
    presets: device.numbers('Presets', {
      group: 'Presets',
      timeout: 0,
      persistent: true,
      members: {
        PRESET_1: preset('Preset 1'),
        PRESET_2: preset('Preset 2'),
        PRESET_3: preset('Preset 3'),
      },
    }),
    presetGoto: device.switches('Goto', {
      group: 'Presets',
      timeout: 0,
      members: { 'Preset 1': {}, 'Preset 2': {}, 'Preset 3': {} },
    }),
  };
}
