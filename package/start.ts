import { MODELS } from '../services/layers.ts'
import { ProblemError } from '../shared/contracts/problem.ts'
import { MachineRoom } from '../shared/machine-room/in-process.ts'
import { machineOfRun } from '../shared/machine-room/machine-of-run.ts'
import { systemOfRoom, type System } from '../shared/machine-room/system.ts'
import type { Overrides } from '../shared/scenario/plan.ts'
import { runScenario as runOn } from '../shared/scenario/run-scenario.ts'
import { AllowedAddresses } from '../shared/transport/allowed-addresses.ts'
import { postTransport } from '../shared/transport/post.ts'
import type { Transport } from '../shared/transport/transport.ts'
import { Guard } from './guard.ts'
import { scenarioOf, type ScenarioSource, type Setting } from './given.ts'
import { modelsWith } from './layer-handlers.ts'
import { Machine } from './machine.ts'
import { addressOf, answerBy, type PolicyChoice, type PolicyFunction } from './policy.ts'
import { runOf, type Changes, type Run } from './run.ts'
import type { Seabus, SystemOptions } from './system.ts'

/** The address at which a function is asked: nobody has it, and it leaves the process never. */
const FUNCTION_ADDRESS = 'http://function.invalid'
const DOWN: ReadonlySet<string> = new Set(['neighbour-unreachable', 'address-refused'])

/**
 * A system in this process, under virtual time: nothing listens, nothing waits for a clock, and the same calls give the same
 * journal. Each run and each machine has layers of its own. A policy may be a function or, over HTTP, a service.
 */
export async function start(options: SystemOptions = {}): Promise<Seabus> {
  const { layers } = options
  const models = layers === undefined ? MODELS : modelsWith(MODELS, layers)
  const rooms = new Set<OwnRoom>()
  let asking = 0
  /** What a function remembers of one machine is nothing of the next; their names are the same in every process. */
  const machineFor = ({ policy = options.policy }: Changes) =>
    typeof policy === 'function' ? `m${asking++}` : machineOfRun(policy === undefined ? undefined : addressOf(policy))
  const roomFor = (changes: Changes) => {
    const room = new OwnRoom(models, { policy: changes.policy ?? options.policy, isHandled: layers !== undefined })
    rooms.add(room)
    return room
  }
  return {
    async run(source: ScenarioSource, changes: Changes = {}): Promise<Run> {
      const scenario = await scenarioOf(source)
      const room = roomFor(changes)
      try {
        const result = await room.unlessItFails(
          runOn(room.system, scenario, machineFor(changes), room.overrides(changes))
        )
        return runOf(result, FUNCTION_ADDRESS)
      } finally {
        rooms.delete(room)
        await room.close()
      }
    },
    async machine(setting: Setting = {}, changes: Changes = {}): Promise<Machine> {
      const room = roomFor(changes)
      return room.unlessItFails(Machine.make(room.system, machineFor(changes), setting, room.overrides(changes)))
    },
    async stop() {
      await Promise.all([...rooms].map((room) => room.close()))
      rooms.clear()
    }
  }
}

/** Runs one scenario in this process: `start`, `run` and `stop` in one. */
export async function runScenario(source: ScenarioSource, options: SystemOptions & Changes = {}): Promise<Run> {
  const { layers, ...changes } = options
  const seabus = await start(layers === undefined ? {} : { layers })
  try {
    return await seabus.run(source, changes)
  } finally {
    await seabus.stop()
  }
}

interface RoomChoice {
  readonly policy: PolicyChoice | undefined
  /** Whether functions handle messages of layers. */
  readonly isHandled: boolean
}

/** Layers of their own, and what a policy that is none of theirs may do to whoever drives them. */
class OwnRoom extends Guard {
  readonly system: System
  readonly #policy: PolicyChoice | undefined
  readonly #outside: Transport

  constructor(models: typeof MODELS, { policy, isHandled }: RoomChoice) {
    super()
    this.#policy = policy
    this.#outside =
      typeof policy === 'function' ? functionTransport(policy, this.fail) : servicesElsewhere(policy, this.fail)
    // A layer that waits for an answer on the stack takes what comes meanwhile past its handlers.
    const room = new MachineRoom(models, { machines: [], outside: this.#outside, live: !isHandled })
    this.system = this.guarded(systemOfRoom(room))
  }

  overrides({ policy, ...others }: Changes): Overrides {
    const chosen = policy ?? this.#policy
    if (chosen === undefined) return others
    return { ...others, policy: typeof chosen === 'function' ? FUNCTION_ADDRESS : addressOf(chosen) }
  }

  close(): Promise<void> {
    return this.#outside.close()
  }
}

function functionTransport(policy: PolicyFunction, fail: (error: unknown) => void) {
  const transport: Transport = {
    deliver: (question, done) => answerBy(policy, question, done, fail),
    urlOf: () => undefined,
    close: () => Promise.resolve()
  }
  return transport
}

/** Asks over HTTP what has an address. That of a policy is named by whoever wrote the program, so it is allowed. */
function servicesElsewhere(policy: string | URL | undefined, fail: (error: unknown) => void): Transport {
  const url = String(policy ?? '')
  const own = URL.canParse(url) ? [new URL(url).hostname.replace(/^\[(.*)\]$/, '$1')] : []
  return postTransport({
    from: 'vmm',
    urls: {},
    addresses: new AllowedAddresses(['loopback', ...own].join(','), () => []),
    onChange: (_layer, problem) => {
      if (problem !== undefined && DOWN.has(problem.code)) fail(new ProblemError(problem.code, problem.detail))
    }
  })
}
