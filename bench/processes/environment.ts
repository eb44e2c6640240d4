/** Whatever would change what is measured must come from the bench, not from whoever runs it. */
const OWN = /^SEABUS_|_URL$|^NODE_OPTIONS$|COMPILE_CACHE$/

/** The environment of a process that is measured. */
export function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !OWN.test(name)))
}
