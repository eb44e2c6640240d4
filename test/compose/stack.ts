import compose from 'docker-compose'
import { URL_VARIABLE, type Layer } from '../../shared/contracts/layer.ts'
import { succeeds } from './command.ts'
import type { Engine } from './engine.ts'

/** What `docker inspect` says of a container, as far as the tests look at it. */
export interface Container {
  Id: string
  RestartCount: number
  State: { ExitCode: number; Health: { Status: string } }
  Config: { Image: string }
  HostConfig: {
    ReadonlyRootfs: boolean
    CapDrop: string[] | null
    Init: boolean | null
    Memory: number
    PidsLimit: number
    RestartPolicy: { Name: string }
    LogConfig: { Config: Record<string, string> }
  }
  NetworkSettings: {
    Ports: Record<string, { HostIp: string; HostPort: string }[] | null>
    Networks: Record<string, { NetworkID: string }>
  }
}

/** The composed system under a project name of its own. */
export interface Stack {
  validate: () => Promise<void>
  build: () => Promise<void>
  /** Starts what is not there as these further files have it, beside `compose.yaml`. */
  up: (...overrides: readonly string[]) => Promise<void>
  down: () => Promise<void>
  inspect: (layer: Layer) => Promise<Container>
  logs: () => Promise<string>
}

/** `compose.yaml` in `root`, run by Compose v2 or, where there is none, by docker-compose 1.29. */
export async function openStack(
  engine: Engine,
  root: string,
  project: string,
  env: NodeJS.ProcessEnv = {}
): Promise<Stack> {
  const plugin = await succeeds('docker', ['compose', 'version'], engine.env)
  const options = {
    cwd: root,
    env: { ...withoutNeighbours(engine.env), ...env },
    composeOptions: [['--project-name', project], '--ansi=never'],
    ...(plugin ? {} : { executable: { standalone: true as const } })
  }

  return {
    validate: () => done(compose.config({ ...options, commandOptions: ['--quiet'] })),
    build: () => done(compose.buildAll(options)),
    up: (...overrides) =>
      done(
        compose.upAll({ ...options, ...(overrides.length === 0 ? {} : { config: ['compose.yaml', ...overrides] }) })
      ),
    down: () => done(compose.downAll({ ...options, commandOptions: ['--volumes', '--remove-orphans'] })),
    logs: async () => (await compose.logs([], { ...options, commandOptions: ['--tail=40', '--no-color'] })).out,
    inspect: async (layer) => {
      const id = await engine.docker(
        ...['ps', '--all', '--quiet', '--no-trunc'],
        ...['--filter', `label=com.docker.compose.project=${project}`],
        ...['--filter', `label=com.docker.compose.service=${layer}`]
      )
      const [container] = JSON.parse(await engine.docker('inspect', id)) as Container[]
      if (container === undefined) throw new Error(`no container of ${layer}`)
      return container
    }
  }
}

/** A layer's address set in the caller's shell would point the containers elsewhere. */
function withoutNeighbours(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = Object.values(URL_VARIABLE)
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)))
}

/** The package rejects with a plain object; its stderr is what one wants to read. */
async function done(result: Promise<{ err: string }>): Promise<void> {
  await result.catch((failure: unknown) => {
    const text = typeof failure === 'object' && failure !== null && 'err' in failure ? failure.err : failure
    throw new Error(String(text))
  })
}
