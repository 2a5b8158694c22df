const PLACES = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The PATH with the folders of daemons, because `/usr/sbin` is not on the PATH of every user. */
export function peerEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env.PATH ?? ''}:${PLACES}` };
}
