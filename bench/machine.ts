import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os'

/** What the figures were measured on, as far as it matters to them; no names. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryBytes: number
  readonly kernel: string
  readonly node: string
}

export function machineHere(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? process.arch,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    kernel: `${type()} ${release()}, ${process.arch}`,
    node: process.version
  }
}

/** Processes that want to run, over the last minute; undefined where the system does not say. */
export function loadHere(): number | undefined {
  return process.platform === 'win32' ? undefined : loadavg()[0]
}

/** What wall times suffer from, in words; undefined when the cores are free for the bench. */
export function busyness(load: number | undefined, cores: number): string | undefined {
  if (load === undefined || load <= cores / 2) return undefined
  return `The machine was busy before the bench began (load ${load.toFixed(1)} on ${cores} cores): wall times and ratios to the ring are worse than on a quiet one.`
}
