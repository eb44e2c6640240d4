import type { Layer } from '../contracts/layer.ts'
import { entryLine, type WireEntry } from '../trace/entry.ts'
import type { Bus } from './in-process.ts'

/**
 * The whole machine room as one who drives it sees it: the same story runs on the models in one process under virtual
 * time and on seven services over HTTP.
 */
export interface System {
  /** Makes a machine on every layer. */
  createMachine(machine: string): Promise<void>
  /** Hands a message to a layer. Throws when it is refused. */
  tell(machine: string, to: Layer, type: string, data: unknown): Promise<void>
  /** Asks a layer. Throws when it is refused. */
  ask(machine: string, to: Layer, type: string, data: unknown): Promise<unknown>
  /** Until nothing is under way but timers. */
  settle(): Promise<void>
  /** Lets time pass, then settles. */
  advance(ns: number): Promise<void>
  /** Everything that happened on a machine so far, in order. */
  journal(machine: string): Promise<readonly WireEntry[]>
}

/** Drives a bus. */
export function systemOfBus(bus: Bus): System {
  return {
    createMachine: async (machine) => bus.create(machine),
    async tell(machine, to, type, data) {
      const { refusal } = bus.post(machine, to, type, data)
      if (refusal !== undefined) throw new Error(`${to} refused ${type}: ${refusal.code}: ${refusal.detail}`)
    },
    ask: async (machine, to, type, data) => bus.ask(machine, to, type, data),
    settle: async () => bus.settle(),
    advance: async (ns) => bus.advance(ns),
    journal: async (machine) =>
      bus
        .journal()
        .filter((entry) => entry.machine === machine)
        .map((entry) => JSON.parse(entryLine(entry)) as WireEntry)
  }
}
