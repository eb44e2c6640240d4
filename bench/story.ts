import { MODELS } from '../services/layers.ts'
import { MachineRoom } from '../shared/machine-room/in-process.ts'

const HOST_PHYSICAL = 0x7c00_1000n
const GUEST_VIRTUAL = 0xffff_9000_0018n
const access = { vm: 'vm0', pid: 1200, guestVirtual: GUEST_VIRTUAL, access: 'load' }

/** A machine with a VM, a guest and a task whose page stage 2 maps: where the story begins. */
function setUp(bus: MachineRoom, machine: string): void {
  bus.create(machine)
  bus.post(machine, 'vmm', 'vm.create', { vm: 'vm0', policy: 'morse' })
  bus.settle()
  const mappings = [{ guestVirtual: 0xffff_9000_0000n, guestPhysical: 0x4000_1000n, length: 0x1000n }]
  bus.ask(machine, 'guest', 'task.create', { vm: 'vm0', pid: 1200, comm: 'redis', mappings })
  bus.post(machine, 'guest', 'task.access', access)
  bus.settle()
}

/** From the error to the dead task: SError, notification, AO, stage-2 fault, AR, SEA, SIGBUS in the guest. */
function story(bus: MachineRoom, machine: string): void {
  const error = {
    kind: 'memory',
    hostPhysical: HOST_PHYSICAL,
    signalled: 'SError',
    containment: 'UER',
    severity: 'recoverable'
  }
  bus.post(machine, 'hardware', 'error.inject', error)
  bus.post(machine, 'guest', 'task.access', access)
  bus.settle()
}

/** Messages and answers that one story hands over. */
export function hopsOfStory(): number {
  const bus = new MachineRoom(MODELS, { machines: [] })
  setUp(bus, 'm0')
  const before = bus.journal().length
  story(bus, 'm0')
  return bus
    .journal()
    .slice(before)
    .filter(({ kind }) => kind === 'message' || kind === 'answer').length
}

/** Microseconds a story takes in process, without a journal: the median of rounds. */
export function storyInProcess(rounds = 7, machines = 300): number {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const bus = new MachineRoom(MODELS, { journal: false, machines: [] })
    const names = Array.from({ length: machines }, (_, index) => `m${index}`)
    for (const name of names) setUp(bus, name)
    const begun = performance.now()
    for (const name of names) story(bus, name)
    times.push(((performance.now() - begun) * 1000) / machines)
  }
  return median(times)
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
