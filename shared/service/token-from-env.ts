import { EnvironmentError, type Environment } from './read-variable.ts'

/** What services ask each other and everybody else for; undefined when they ask for nothing. */
export function tokenFromEnv(env: Environment): string | undefined {
  const token = env['SEABUS_TOKEN'] ?? ''
  if (token === '') return undefined
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw new EnvironmentError('SEABUS_TOKEN must be visible ASCII characters, without spaces: it travels in a header')
}
