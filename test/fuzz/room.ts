import { isIdle } from '../../shared/engine/quiescence.ts'
import { becameOf } from '../../shared/trace/became.ts'
import { MODELS } from '../../services/layers.ts'
import type { DeadLetter } from '../../shared/contracts/dead-letter.ts'
import type { Layer } from '../../shared/contracts/layer.ts'
import { isOfStorage } from '../../shared/contracts/problem.ts'
import { refusedBy } from '../../shared/machine-room/refused-by.ts'
import { messageType } from '../../shared/contracts/registry.ts'
import { wire } from '../../shared/contracts/validate.ts'
import type { System } from '../../shared/machine-room/system.ts'
import type { Quiescence } from '../../shared/engine/quiescence.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { mergeJournals } from '../../shared/trace/merge-journals.ts'
import type { Reply } from '../../shared/transport/transport.ts'
import { Disk } from './disk.ts'
import { noFaults, type FaultSource } from './faults.ts'
import { Instance, type Moment } from './instance.ts'
import { Network, type Host, type Serving } from './network.ts'
import type { Plant } from './plant.ts'
import { Time } from './time.ts'
import { Watch, wireEntry } from './watch.ts'
import type { Way } from './ways.ts'

/** How long a crashed instance is away. */
const AWAY_NS = { least: 200_000, most: 60e6 }
/** How long a disk stays full. */
const FULL_NS = { least: 0, most: 60e6 }
/** Between two attempts of the driver. */
const PATIENCE_NS = 5e6
/** Longer than a silent link goes unnoticed. */
const SILENCE_NS = 70e9

export interface RoomOptions {
  readonly way?: Way
  readonly faults?: FaultSource
  readonly plant?: Plant
  /** Called at every moment at which an instance may crash; true crashes it. */
  readonly crashes?: (layer: Layer, moment: Moment, id: string) => boolean
  /** How long whoever crashed is away; by default a fault says so. Infinity: for good. */
  readonly awayNs?: (layer: Layer) => number
  /** Told of the room before anything happens in it. */
  readonly made?: (room: FuzzRoom) => void
  /** Inputs that an instance keeps before it takes a snapshot in place of them; by default more than there are. */
  readonly history?: number
  /** These are never started. */
  readonly absent?: readonly Layer[]
  readonly trace?: (line: string) => void
}

/** Six services that crash, on a network that fails, under one time. All that happens follows from the faults. */
export class FuzzRoom {
  readonly time = new Time()
  readonly watch = new Watch()
  readonly #options: RoomOptions
  readonly #faults: FaultSource
  readonly #network: Network
  readonly #disks = new Map(MODELS.map(({ layer }) => [layer, new Disk()]))
  readonly #instances = new Map<Layer, Instance>()
  /** Machines of which nothing need be there any more. */
  readonly #deleted = new Set<string>()
  #sent = 0

  constructor(options: RoomOptions = {}) {
    this.#options = options
    this.#faults = options.faults ?? noFaults
    this.#network = new Network({
      time: this.time,
      faults: this.#faults,
      serving: (layer) => this.#serving(layer)
    })
    options.made?.(this)
    for (const { layer } of this.#models()) this.#start(layer)
  }

  /** Kills an instance and has it started again after a while. */
  crash(layer: Layer, awayNs = this.#options.awayNs?.(layer) ?? AWAY_NS.least): void {
    const instance = this.#instances.get(layer)
    if (instance === undefined) return
    this.#trace(`${layer} dies`)
    this.#instances.delete(layer)
    instance.die()
    if (awayNs !== Infinity) this.time.later(awayNs, () => this.#start(layer))
  }

  /** Starts one that was killed for good. */
  revive(layer: Layer): void {
    if (!this.#instances.has(layer)) this.#start(layer)
  }

  /** Deletes a machine everywhere, as anyone may who repeats that until it is done. */
  deleteMachine(machine: string): void {
    this.#deleted.add(machine)
    for (const { layer } of this.#models()) {
      this.#patiently(layer, `no machine ${machine}`, (host, reply) => host.delete(machine, reply))
    }
    this.settle()
  }

  /** Kills all instances and has them started again; done when all serve and nothing is under way. */
  restart(): void {
    for (const { layer } of this.#models()) this.crash(layer)
    for (const { layer } of this.#models()) this.quiescence(layer, '')
    this.settle()
  }

  /** As anyone may drive it who repeats a request under the same id until it is answered. */
  system(): System {
    return {
      createMachine: async (machine) => {
        for (const { layer } of this.#models()) {
          this.#patiently(layer, `machine ${machine}`, (host, reply) => host.create(machine, reply))
        }
        this.settle()
      },
      tell: async (machine, { to, type }, data) => {
        const reply = this.#send(machine, to, type, data)
        return reply.kind === 'accepted' ? reply.id : ''
      },
      became: async (machine, _message, id) => {
        this.settle()
        const became = becameOf(id, { entries: this.journal(machine), waits: [], stopped: [], silent: [] })
        if (became === undefined) throw new Error(`there was no message ${id}`)
        return became
      },
      ask: (async (machine, { to, type, reply: schema }, data) => {
        const reply = this.#send(machine, to, type, data)
        const parsed = reply.kind === 'answered' ? wire(schema).parse(reply.answer) : undefined
        if (parsed === undefined || 'error' in parsed) throw new Error(`${to} did not answer ${type}`)
        return parsed.value
      }) as System['ask'],
      settle: async () => this.settle(),
      deadLetters: async (machine) => this.deadLetters().filter((letter) => letter.machine === machine),
      retry: () => Promise.reject(new Error('nobody decides about letters here')),
      drop: () => Promise.reject(new Error('nobody decides about letters here')),
      advance: async (ns) => {
        this.settle()
        const until = this.time.clock.now() + ns
        for (;;) {
          const next = this.time.clock.nextTimer()
          if (next === undefined || this.time.clock.now() + next > until) break
          this.time.step()
          this.settle()
        }
        this.time.clock.advance(Math.max(0, until - this.time.clock.now()))
        this.settle()
      },
      timers: async (machine) =>
        [...this.#instances.values()].flatMap((each) =>
          each.quiescence().timers.filter((timer) => timer.machine === machine)
        ),
      journal: async (machine) => this.journal(machine)
    }
  }

  /** Until nothing is under way but timers. Throws when something never arrives. */
  settle(): void {
    const limit = this.time.clock.now() + SILENCE_NS
    for (;;) {
      while (!this.time.isStill) this.time.step()
      const waiting = [...this.#instances.values()].filter((each) => {
        const quiescence = each.quiescence()
        // A timer that is due and there was no room for fires as soon as there is.
        return !isIdle(quiescence) || quiescence.timers.some(({ dueInNs }) => dueInNs <= 0)
      })
      if (waiting.length === 0) return
      if (this.time.clock.now() > limit) {
        throw new Error(`stuck: ${waiting.map(({ layer }) => layer).join(', ')} will never be done`)
      }
      this.time.step()
    }
  }

  /** What a layer says of a machine once it can be asked, as a client hears it that tries until it is answered. */
  quiescence(layer: Layer, machine: string): Quiescence | undefined {
    for (;;) {
      const instance = this.#instances.get(layer)
      if (instance?.isReady === true) return instance.quiescenceOf(machine)
      this.time.step()
    }
  }

  /** Everything that happened on a machine, in causal order. */
  journal(machine: string): readonly WireEntry[] {
    while (this.#instances.size < this.#models().length) this.time.step()
    const journals = [...this.#instances.keys()].map((layer) =>
      this.watch
        .journal(layer)
        .filter((entry) => entry.machine === machine)
        .map(wireEntry)
    )
    return mergeJournals(journals)
  }

  /** Looks for what must not be when all is over. */
  end(): void {
    this.watch.ended()
  }

  /** What each layer has given up. */
  deadLetters(): readonly DeadLetter[] {
    return [...this.#instances.values()].flatMap((each) => each.deadLetters())
  }

  /** The timers that are set, by layers and types. */
  timers(): readonly string[] {
    return [...this.#instances.values()]
      .flatMap((each) => each.quiescence().timers.map(({ type, machine }) => `${each.layer} ${machine} ${type}`))
      .toSorted()
  }

  #models() {
    const { absent = [] } = this.#options
    return MODELS.filter(({ layer }) => !absent.includes(layer))
  }

  #serving(layer: Layer): Serving | undefined {
    const instance = this.#instances.get(layer)
    return instance?.isReady === true ? instance : undefined
  }

  #start(layer: Layer): void {
    const model = MODELS.find((each) => each.layer === layer)
    const disk = this.#disks.get(layer)
    if (model === undefined || disk === undefined) throw new Error(`there is no ${layer}`)
    const { way = 'post', plant = {}, history } = this.#options
    this.watch.begun(layer)
    const instance = new Instance({
      model,
      disk,
      time: this.time,
      network: this.#network,
      way,
      plant,
      history,
      moment: (each, what, id) => this.#moment(each, what, id),
      flushes: (each) => this.#flushes(each, disk),
      appended: (each, entry) => {
        this.watch.appended(entry)
        if (each.isReady) this.#trace(`${layer} journals ${entry.kind} ${entry.id} ${entry.type}`)
      },
      accepted: (at, id) => this.watch.accepted(at, id),
      defect: (error, what) => this.watch.violations.push(`${what}: ${String(error)}`)
    })
    this.#instances.set(layer, instance)
    instance.start()
    if (!instance.isReady) return
    this.#trace(`${layer} serves`)
    this.watch.started(
      layer,
      ({ machine, seq }) => this.#deleted.has(machine) || seq <= instance.positions.lostUntil(machine)
    )
  }

  #moment(instance: Instance, what: Moment, id: string): void {
    const { layer, isReady } = instance
    const fault = this.#faults.at(isReady ? 'moment' : 'start', `${layer}, ${what} ${id}`)
    const { crashes } = this.#options
    if (fault !== undefined) this.crash(layer, AWAY_NS.least + fault.size * AWAY_NS.most)
    else if (crashes?.(layer, what, id) === true) this.crash(layer)
  }

  #flushes({ layer, isReady }: Instance, disk: Disk): void {
    const now = this.time.clock.now()
    if (!isReady || now < disk.fullUntil) return
    const fault = this.#faults.at('flush', `${layer} flushes`)
    if (fault === undefined) return
    disk.fullUntil = now + FULL_NS.least + fault.size * FULL_NS.most
    this.#trace(`the disk of ${layer} is full`)
  }

  #send(machine: string, to: Layer, type: string, data: unknown): Reply {
    const row = messageType(to, type)
    if (row === undefined) throw new Error(`${to} accepts no ${type}`)
    const json = wire(row.data).encode(data)
    const id = `${machine}-d-${++this.#sent}`
    const reply = this.#patiently(to, `${type} ${id}`, ({ inbox }, told) => {
      const parsed = inbox.parse(type, json)
      if (parsed === undefined || 'error' in parsed) throw new Error(`${to} does not take ${type}`)
      inbox.accept({ machine, id, type, from: 'outside', json, data: parsed.value }, told)
    })
    if (reply.kind === 'refused') throw refusedBy({ to, type }, reply.problem)
    return reply
  }

  /** Repeats a request until there is a reply. */
  #patiently(to: Layer, name: string, offer: (host: Serving, reply: (reply: Reply) => void) => void): Reply {
    const driver: Host = { layer: 'driver', isAlive: () => true, onDeath: () => undefined }
    let reply: Reply | undefined
    const again = () => {
      this.#network.request(driver, to, name, offer, (told) => {
        const isPassingOn = told?.kind === 'refused' && isOfStorage(told.problem)
        if (told === undefined || isPassingOn) this.time.later(PATIENCE_NS, again)
        else reply = told
      })
    }
    again()
    while (reply === undefined) this.time.step()
    return reply
  }

  #trace(line: string): void {
    this.#options.trace?.(`${(this.time.clock.now() / 1e6).toFixed(3)} ms ${line}`)
  }
}
