import { lstatSync, mkdirSync, readdirSync, unlinkSync } from 'node:fs'
import { connect, type Server } from 'node:net'
import { join, resolve } from 'node:path'

/** sun_path of a Unix socket, less its final NUL. */
const LONGEST_PATH = 107

const SUFFIX = '.qmp'
/** Neither name has a dot. */
export const socketPath = (directory: string, machine: string, vm: string): string =>
  resolve(directory, `${machine}.${vm}${SUFFIX}`)

/** Why no socket can be at a path, or undefined. */
export function whyNoPath(path: string): string | undefined {
  const bytes = Buffer.byteLength(path)
  return bytes > LONGEST_PATH
    ? `${path} has ${bytes} bytes, and the path of a Unix socket ${LONGEST_PATH} at most`
    : undefined
}

/** Makes the directory, for its owner alone, and removes the sockets in it that nobody serves any more. */
export async function prepareDirectory(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const left = readdirSync(directory).filter((name) => name.endsWith(SUFFIX))
  for (const name of left) await removeIfDead(join(directory, name))
}

/** Removes a socket behind which nobody is, such as one that a killed process has left. */
export async function removeIfDead(path: string): Promise<void> {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return
  if (await answers(path)) return
  unlinkSync(path)
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'))
  })
}

/** Listens at a path that its owner alone may connect to. The socket is made within the call, so that the mask is nobody else's. */
export function listenPrivately(server: Server, path: string, listening: () => void): void {
  const mask = process.umask(0o177)
  try {
    server.listen(path, listening)
  } finally {
    process.umask(mask)
  }
}
