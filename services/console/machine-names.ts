/** Names for the machines of runs: new in each process, so that a run after a restart does not find an old machine. */
export function machineNames(): () => string {
  const process = Date.now().toString(36)
  let run = 0
  return () => `run-${process}-${++run}`
}
