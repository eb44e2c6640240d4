import { succeeds } from './command.ts'

/** Names what this machine lacks to run the composed system; `/` stands between alternatives. */
export async function missingPrograms(): Promise<string[]> {
  const has = (program: string) => succeeds('sh', ['-c', `command -v ${program}`])
  const compose = (await succeeds('docker', ['compose', 'version'])) || (await has('docker-compose'))
  const engine = (await succeeds('docker', ['info'])) || (await has('dockerd'))
  return [
    ...((await has('docker')) ? [] : ['docker']),
    ...(engine ? [] : ['a Docker engine']),
    ...(compose ? [] : ['docker compose'])
  ]
}
