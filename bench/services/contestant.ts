/** Something that is measured side by side with another: stories over services, laps of a bare ring. */
export interface Contestant {
  /** Makes so many ready to be run. */
  prepare(count: number): Promise<void>
  /** Runs one to its end. */
  run(): Promise<void>
  /** Until nothing of what was run is under way any more. */
  quiet(): Promise<void>
  /** CPU time so far in microseconds, of all its processes. */
  cpuMicros(): Promise<number>
  stop(): Promise<void>
}
