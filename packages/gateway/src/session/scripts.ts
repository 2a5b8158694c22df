import type { Profile, Script, ScriptHost } from '../ports.ts';

export interface LoadedScripts {
  readonly uplinkScript: Script | undefined;
  readonly downlinkScript: Script | undefined;
  /** What the device is asked. */
  readonly pollScript: Script | undefined;
}

/** Compiles the scripts of a profile. Rejects with SCRIPT_INVALID. */
export async function loadScripts(
  { uplink, downlink }: Profile,
  scripts: ScriptHost,
): Promise<LoadedScripts> {
  const first = uplink === undefined ? undefined : await scripts.load(uplink);
  const second = downlink === undefined ? undefined : await scripts.load(downlink);
  // One source may export both. `encodeInp` serves either direction, so that of the uplink is not used for downlinks.
  const shared = first?.contract === 'module' && first.hasDownlink ? first : undefined;
  return {
    uplinkScript: first?.hasUplink ? first : undefined,
    downlinkScript: second ?? shared,
    pollScript: first?.hasPoll ? first : undefined,
  };
}
