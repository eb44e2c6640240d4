/** CPU time of this process so far, in microseconds: user and system, of all threads. */
export function cpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
