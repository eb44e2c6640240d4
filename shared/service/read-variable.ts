export type Environment = Readonly<Record<string, string | undefined>>

/** A variable that is not what it should be. */
export class EnvironmentError extends Error {}

/** A whole number from a variable, or undefined when it is not set. Throws EnvironmentError for anything else. */
export function wholeNumber(env: Environment, name: string, max = Number.MAX_SAFE_INTEGER): number | undefined {
  const text = env[name]
  if (text === undefined || text === '') return undefined
  const number = Number(text)
  if (Number.isInteger(number) && number >= 0 && number <= max) return number
  throw new EnvironmentError(`${name} must be a whole number up to ${max}, not ${text}`)
}
