import { createServer, type Server, type Socket } from 'node:net'
import { Connection, type ConnectionPorts } from './connection.ts'
import { eventsOf, watchedOf, type Happened, type Watched } from './events.ts'
import { listenPrivately, removeIfDead, whyNoPath } from './socket-file.ts'
import type { Vm } from '../state.ts'

/** Clients of one VM at a time. QEMU has one a socket; here several see the same VM. */
export const CLIENTS = 8
const LOOPBACK = '127.0.0.1'

export interface MonitorPorts extends Pick<ConnectionPorts, 'send'> {
  /** The VM as it is now; undefined when it is gone. */
  look(): Vm | undefined
  /** What somebody should know: a client that was let go, a socket that cannot be had. */
  note(because: string): void
}

/** Where the monitor of a VM is to be reached. */
export interface Places {
  readonly path?: string | undefined
  readonly port?: number | undefined
}

/** The monitor of one VM: its sockets, its clients, and what they are told of it. */
export class Monitor {
  readonly places: Places
  readonly #ports: MonitorPorts
  readonly #servers: Server[] = []
  readonly #clients = new Set<Connection>()
  #vm: Vm
  #watched: Watched
  /** Where it is reached indeed. */
  #reached: Places = {}
  #because: string | undefined
  #dropped = 0
  #isEnded = false

  constructor(vm: Vm, places: Places, ports: MonitorPorts) {
    this.places = places
    this.#ports = ports
    this.#vm = vm
    this.#watched = watchedOf(vm)
  }

  get isOver(): boolean {
    return this.#watched.state === 'over'
  }

  /** Where it is, how many clients it has and has let go, and why it is not wherever it was to be. */
  get told() {
    return { ...this.#reached, clients: this.#clients.size, dropped: this.#dropped, because: this.#because }
  }

  /** Listens wherever it is to be reached; a place that cannot be had is noted. */
  async open(): Promise<void> {
    const { path, port } = this.places
    const why = path === undefined ? undefined : whyNoPath(path)
    if (why !== undefined) this.#lacks(why)
    else if (path !== undefined) {
      const start = (server: Server, listening: () => void) => listenPrivately(server, path, listening)
      const isThere = await this.#listen(path, start, () => removeIfDead(path))
      if (isThere) this.#reached = { ...this.#reached, path }
    }
    if (port === undefined) return
    const start = (server: Server, listening: () => void) => void server.listen({ host: LOOPBACK, port }, listening)
    if (await this.#listen(`${LOOPBACK}:${port}`, start)) this.#reached = { ...this.#reached, port }
  }

  /** An entry of the journal about this VM, at a time in microseconds since 1970. */
  happened(entry: Happened, microseconds: number): void {
    const [watched, events] = eventsOf(this.#watched, entry)
    this.#watched = watched
    for (const event of events) for (const client of this.#clients) client.event({ ...event, microseconds })
    if (watched.state === 'over') this.end()
  }

  /** The VM is over: nobody is let in any more, and its clients go when they have been told all. */
  end(): void {
    this.#stopListening()
    for (const client of this.#clients) client.over()
  }

  /** At once. */
  close(): void {
    this.#stopListening()
    for (const client of this.#clients) client.destroy()
  }

  #stopListening(): void {
    this.#isEnded = true
    this.#reached = {}
    for (const server of this.#servers.splice(0)) server.close()
  }

  /** Whether it listens there. */
  async #listen(
    where: string,
    start: (server: Server, listening: () => void) => void,
    before: () => Promise<void> = async () => undefined
  ): Promise<boolean> {
    // What a client has sent is answered, though it may have nothing more to say.
    const server = createServer({ allowHalfOpen: true }, (socket) => this.#connected(socket))
    try {
      await before()
      if (this.#isEnded) return false
      // While it begins to listen it can be ended.
      this.#servers.push(server)
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.once('close', resolve)
        start(server, resolve)
      })
      server.on('error', (error) => this.#ports.note(`${where}: ${error.message}`))
      return !this.#isEnded
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      this.#lacks(code === 'EADDRINUSE' ? `${where} is in use already` : `${where} cannot be used: ${message}`)
      return false
    }
  }

  #lacks(because: string): void {
    this.#because ??= because
    this.#ports.note(because)
  }

  #connected(socket: Socket): void {
    if (this.#clients.size >= CLIENTS) {
      this.#drop(`a client was turned away: there are ${CLIENTS} already`)
      socket.destroy()
      return
    }
    const client = new Connection(socket, {
      send: this.#ports.send,
      vm: () => (this.#vm = this.#ports.look() ?? this.#vm),
      dropped: (because) => this.#drop(`a client was let go: ${because}`),
      closed: (connection) => void this.#clients.delete(connection)
    })
    this.#clients.add(client)
  }

  #drop(because: string): void {
    this.#dropped++
    this.#ports.note(because)
  }
}
