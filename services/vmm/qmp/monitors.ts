import type { FastifyInstance } from 'fastify'
import type { MessageType } from '../../../shared/contracts/message.ts'
import { vmCreated } from '../../../shared/contracts/notes/vmm-life.ts'
import { problem } from '../../../shared/contracts/problem.ts'
import type { Beside, Inside } from '../../../shared/service/beside.ts'
import type { Entry } from '../../../shared/trace/entry.ts'
import type { Reply } from '../../../shared/transport/transport.ts'
import { qmpOf } from './commands.ts'
import { vmOf } from './events.ts'
import type { QmpObject } from './json-value.ts'
import { Monitor, type Places } from './monitor.ts'
import { monitorRoute } from './monitor-route.ts'
import { prepareDirectory, socketPath } from './socket-file.ts'
import { isOver, type Vm, type VmmState } from '../state.ts'

/** VMs that have a monitor at a time. */
export const MONITORS = 256
const LAST_PORT = 65_535

const keyOf = (machine: string, vm: string) => `${machine}/${vm}`

/**
 * The monitors of all VMs of a service. They come and go with what its journal says of the VMs, and their commands are
 * messages like those of anybody else.
 */
export class Monitors implements Beside {
  readonly #inside: Inside
  readonly #monitors = new Map<string, Monitor>()
  readonly #ports = new Set<number>()
  /** VMs that have been made and show in no state yet, since what made them has something to do still. */
  readonly #starting = new Map<string, { readonly machine: string; readonly name: string }>()
  /** The journal is read up to here. */
  #at = 0
  #stop: (() => void) | undefined
  #next: NodeJS.Immediate | undefined
  /** One after the other, so that a name which is free again is not taken too early. */
  #opening: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(inside: Inside) {
    this.#inside = inside
  }

  async start(): Promise<void> {
    const { engine, journal, qmp } = this.#inside
    if (qmp === undefined) return
    if (qmp.directory !== undefined) await prepareDirectory(qmp.directory)
    this.#at = journal.last
    for (const machine of engine.machines()) {
      for (const vm of this.#vmsOf(machine).values()) this.#open(machine, vm)
    }
    await this.#opening
    this.#listenOn()
  }

  routes(app: FastifyInstance): void {
    const monitorOf = (machine: string, vm: string) => this.#monitors.get(keyOf(machine, vm))
    monitorRoute(app, this.#inside, monitorOf, () => this.#monitors.size >= MONITORS)
  }

  close(): void {
    this.#isClosed = true
    this.#stop?.()
    clearImmediate(this.#next)
    for (const monitor of this.#monitors.values()) monitor.close()
  }

  #vmsOf(machine: string): VmmState['vms'] {
    const state = this.#inside.engine.state(machine)
    return state === undefined ? new Map() : (this.#inside.view(state.state) as VmmState).vms
  }

  #listenOn(): void {
    if (this.#isClosed) return
    this.#stop = this.#inside.journal.onMore(() => {
      this.#next = setImmediate(() => {
        this.#catchUp()
        this.#listenOn()
      })
    })
  }

  /** Reads what has come to the journal since. */
  #catchUp(): void {
    const { journal, engine } = this.#inside
    for (
      let entry = journal.next(this.#at + 1, undefined);
      entry !== undefined;
      entry = journal.next(this.#at + 1, undefined)
    ) {
      this.#at = entry.seq
      this.#take(entry)
    }
    for (const [key, { machine, name }] of this.#starting) {
      const vm = this.#vmsOf(machine).get(name)
      if (vm === undefined && engine.has(machine)) continue
      this.#starting.delete(key)
      if (vm !== undefined) this.#open(machine, vm)
    }
    for (const [key, monitor] of this.#monitors) {
      if (!engine.has(key.slice(0, key.indexOf('/')))) this.#end(key, monitor)
    }
  }

  #take(entry: Entry): void {
    const name = vmOf(entry)
    if (name === undefined) return
    const { machine } = entry
    const key = keyOf(machine, name)
    const monitor = this.#monitors.get(key)
    if (entry.kind === 'note' && entry.type === vmCreated.type) {
      // The one of before is gone, whatever was heard of that.
      if (monitor !== undefined) this.#end(key, monitor)
      this.#starting.set(key, { machine, name })
      return
    }
    if (monitor === undefined) return
    monitor.happened(entry, this.#microseconds(entry.time))
    if (monitor.isOver) this.#forget(key, monitor)
  }

  #microseconds(ns: number): number {
    return Math.round(this.#inside.epochMs * 1000 + ns / 1000)
  }

  #open(machine: string, vm: Vm): void {
    if (isOver(vm) || qmpOf(vm) === undefined) return
    const key = keyOf(machine, vm.name)
    const note = (because: string) => this.#inside.warn(`QMP of ${vm.name} on ${machine}: ${because}`)
    if (this.#monitors.size >= MONITORS) return note(`none, since ${MONITORS} VMs have one already`)
    const monitor = new Monitor(vm, this.#placesOf(machine, vm.name), {
      look: () => this.#vmsOf(machine).get(vm.name),
      note,
      send: (message, data, answered) => this.#send(machine, message, data, answered)
    })
    this.#monitors.set(key, monitor)
    this.#opening = this.#opening.then(() => (this.#monitors.get(key) === monitor ? monitor.open() : undefined))
  }

  #placesOf(machine: string, vm: string): Places {
    const { directory, port: first } = this.#inside.qmp ?? {}
    const path = directory === undefined ? undefined : socketPath(directory, machine, vm)
    const port = first === undefined ? undefined : this.#freePort(first)
    if (port !== undefined) this.#ports.add(port)
    return { path, port }
  }

  /** The first one of these that no other VM has. */
  #freePort(first: number): number | undefined {
    for (let port = first; port <= Math.min(first + MONITORS - 1, LAST_PORT); port++)
      if (!this.#ports.has(port)) return port
    return undefined
  }

  #end(key: string, monitor: Monitor): void {
    monitor.end()
    this.#forget(key, monitor)
  }

  #forget(key: string, { places }: Monitor): void {
    this.#monitors.delete(key)
    if (places.port !== undefined) this.#ports.delete(places.port)
  }

  /** As a request over HTTP, without the HTTP. Events that come before its answer are told before it. */
  #send(machine: string, { type }: MessageType, json: QmpObject, answered: (reply: Reply) => void): void {
    const { engine } = this.#inside
    const later = (reply: Reply) =>
      void (
        this.#isClosed ||
        setImmediate(() => {
          this.#catchUp()
          answered(reply)
        })
      )
    const parsed = engine.parse(type, json)
    if (parsed === undefined) throw new Error(`${type} is not accepted here`)
    if ('error' in parsed) {
      const { code, detail, field } = parsed.error
      return void later({ kind: 'refused', journalled: false, problem: problem(code, detail, { field }) })
    }
    engine.accept({ machine, id: undefined, type, from: 'outside', json, data: parsed.value }, later)
  }
}
