/** What may wait for one neighbour before no more of it is caused: of one machine, and of all together. */
export interface HeldBounds {
  readonly machineBytes: number
  readonly neighbourBytes: number
}

export const HELD_BOUNDS: HeldBounds = { machineBytes: 4 * 1_048_576, neighbourBytes: 32 * 1_048_576 }

/** Messages that are held until their neighbour has taken them. */
export class Held {
  messages = 0
  bytes = 0

  add(bytes: number): void {
    this.messages++
    this.bytes += bytes
  }

  drop(bytes: number): void {
    this.messages--
    this.bytes -= bytes
  }
}

/** Whether a machine has so much waiting for a neighbour that nobody outside may cause more of it. */
export function isFull(machine: Held | undefined, all: Held, bounds: HeldBounds): boolean {
  if (machine === undefined || machine.messages === 0) return false
  return machine.bytes >= bounds.machineBytes || all.bytes >= bounds.neighbourBytes
}
