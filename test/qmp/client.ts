import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Teardown {
  teardown(close: () => unknown): unknown
}

/** A client of a QMP monitor that writes what it is given and hands out the lines it gets. */
export interface Client {
  readonly socket: Socket
  /** Writes as it is, without a line's end. */
  readonly say: (text: string) => void
  /** The next line, without its end; undefined once the other side has closed. */
  readonly line: () => Promise<string | undefined>
  /** All lines up to the end. */
  readonly rest: () => Promise<readonly string[]>
}

export async function client(t: Teardown, where: string | number): Promise<Client> {
  const socket = typeof where === 'string' ? connect(where) : connect(where, '127.0.0.1')
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  socket.setEncoding('utf8')
  const lines: string[] = []
  let [rest, isOver] = ['', false]
  let wake: () => void = () => undefined
  socket.on('data', (text: string) => {
    const whole = (rest + text).split('\r\n')
    rest = whole.pop() ?? ''
    lines.push(...whole)
    wake()
  })
  socket.on('error', () => undefined)
  for (const name of ['end', 'close'] as const) {
    socket.on(name, () => {
      isOver = true
      wake()
    })
  }
  const line = async () => {
    while (lines.length === 0 && !isOver) await new Promise<void>((resolve) => (wake = resolve))
    return lines.shift()
  }
  return {
    socket,
    say: (text) => void socket.write(text),
    line,
    async rest() {
      const all: string[] = []
      for (let next = await line(); next !== undefined; next = await line()) all.push(next)
      return all
    }
  }
}

/** A client that has been greeted and has negotiated. */
export async function negotiated(t: Teardown, where: string | number): Promise<Client> {
  const one = await client(t, where)
  await one.line()
  one.say('{"execute":"qmp_capabilities"}')
  await one.line()
  return one
}

/** A directory with a short name: the path of a socket has 107 bytes at most. */
export function socketDirectory(t: Teardown): string {
  const directory = mkdtempSync(join(tmpdir(), 'qmp-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}
