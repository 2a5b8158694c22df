/**
 * What a driver gets of the environment of this process: what programs need to find themselves, their user, their
 * libraries and their language. Everything else stays here, as it may be a token, a key or a password.
 */

/** Names as they are, for drivers in C++, on Node and in Python. */
const NAMES: ReadonlySet<string> = new Set([
  // where programs and libraries are
  ...['PATH', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'PYTHONPATH', 'PYTHONHOME', 'VIRTUAL_ENV'],
  ...['NODE_OPTIONS', 'NODE_PATH', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  // who runs them, and where they may write
  ...['HOME', 'USER', 'LOGNAME', 'SHELL', 'TMPDIR', 'TMP', 'TEMP'],
  // language and time
  ...['LANG', 'LANGUAGE', 'TZ', 'TZDIR'],
  // the star catalogue of INDI's camera simulator
  ...['GSCDAT', 'GSCBIN'],
]);

/** How the names of further ones begin: INDICONFIG, INDIPREFIX, LC_ALL, XDG_RUNTIME_DIR. */
const FAMILIES = ['INDI', 'LC_', 'XDG_'] as const;

/**
 * The variables of `environment` that drivers inherit. What a single driver needs besides is in the `env` of its command.
 */
export function inherited(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const passed = ([name]: [string, unknown]) =>
    NAMES.has(name) || FAMILIES.some((family) => name.startsWith(family));
  return Object.fromEntries(Object.entries(environment).filter(passed));
}
