/** How Go and apt find the network of this machine: proxies, mirrors, certificates, and Go's own folders. */
const NAMES =
  /^((https?|all|no)_proxy|GO(PROXY|SUMDB|NOSUMDB|NOPROXY|PRIVATE|PATH|MODCACHE|CACHE|ENV|AUTH|INSECURE)|NETRC|XDG_CONFIG_HOME|APT_CONFIG|SSL_CERT_(FILE|DIR))$/i;

/**
 * These variables, taken out of this process's environment as soon as the room is opened: programs that a run starts
 * without an environment of their own (cp, chown, taskset) would inherit them, and only who brings tools needs them.
 */
const NETWORK = take(process.env);

function take(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = Object.keys(environment).filter((name) => NAMES.test(name));
  const taken = Object.fromEntries(names.map((name) => [name, environment[name]]));
  for (const name of names) delete environment[name];
  return taken;
}

/** The environment of a program that brings something from the network. */
export function networkEnvironment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...NETWORK, ...more };
}
