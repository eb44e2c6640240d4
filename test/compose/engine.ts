import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { command, succeeds, until } from './command.ts'

/** A Docker engine to talk to. */
export interface Engine {
  /** The environment in which `docker` and `docker-compose` reach this engine. */
  env: NodeJS.ProcessEnv
  /** Runs `docker` and gives what it printed. */
  docker: (...args: string[]) => Promise<string>
  /** Stops the engine and removes all that it kept, if `openEngine` started it. */
  close: () => Promise<void>
}

/** The engine that runs on this machine or, where none does, one of our own (for which one has to be root). */
export async function openEngine(): Promise<Engine> {
  if (await succeeds('docker', ['info'])) return engineAt(process.env, async () => {})
  return startEngine()
}

function engineAt(env: NodeJS.ProcessEnv, close: () => Promise<void>): Engine {
  return { env, close, docker: (...args) => command('docker', args, env) }
}

async function startEngine(): Promise<Engine> {
  const home = await mkdtemp(join(tmpdir(), 'seabus-docker-'))
  const host = `unix://${join(home, 'docker.sock')}`
  const logFile = join(home, 'dockerd.log')
  const log = await open(logFile, 'w')
  const daemon = spawn(
    'dockerd',
    [
      '--host',
      host,
      '--data-root',
      join(home, 'data'),
      '--exec-root',
      join(home, 'exec'),
      '--pidfile',
      join(home, 'pid')
    ],
    { stdio: ['ignore', log.fd, log.fd] }
  )
  await log.close()
  const close = async () => {
    await stopDaemon(daemon)
    await rm(home, { recursive: true, force: true, maxRetries: 5 })
  }

  const engine = engineAt({ ...process.env, DOCKER_HOST: host }, close)
  try {
    await Promise.race([died(daemon), until('dockerd answers', 60, () => engine.docker('info'))])
    return engine
  } catch (error) {
    const lines = (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-20).join('\n')
    await close()
    throw new Error(`dockerd did not start:\n${lines}`, { cause: error })
  }
}

async function died(daemon: ChildProcess): Promise<never> {
  const [code] = (await once(daemon, 'exit')) as [number | null]
  throw new Error(`dockerd ended with ${code}`)
}

async function stopDaemon(daemon: ChildProcess): Promise<void> {
  if (daemon.pid === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return
  const gone = once(daemon, 'exit')
  daemon.kill('SIGTERM')
  await gone
}
