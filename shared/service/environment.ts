import { pino, type DestinationStream, type Logger } from 'pino'
import { plainText } from '../contracts/plain-text.ts'
import { LAYERS, URL_VARIABLE, type Layer } from '../contracts/layer.ts'
import { fetchWith } from '../transport/authorization.ts'
import { vmCreate, VMM_PROFILES } from '../contracts/vmm.ts'
import type { Defaults } from '../engine/ports.ts'
import { postTransport } from '../transport/post.ts'
import { realClock } from '../engine/clock.ts'
import { ALLOWED_BY_DEFAULT, AllowedAddresses } from '../transport/allowed-addresses.ts'
import { linkTransport } from '../transport/link.ts'
import { isLoopback, type Doors } from './doors.ts'
import { limitsFromEnv } from './limits.ts'
import { MAX_PORT_BASE, urlsFromEnv } from './ports.ts'
import { qmpFromEnv } from './qmp-places.ts'
import { EnvironmentError, wholeNumber, type Environment } from './read-variable.ts'
import { sendingLimitsFromEnv } from './sending-limits.ts'
import type { ServicePorts } from './service.ts'
import type { Retention } from '../engine/retention.ts'
import { isInUse } from '../engine/sqlite/damage.ts'
import { sqliteStore } from '../engine/store-sqlite.ts'
import { memoryStore, type Store } from '../engine/store.ts'
import { Token } from './token.ts'
import { tokenFromEnv } from './token-from-env.ts'
import { spansFromEnv } from './watching/spans-from-env.ts'

export { EnvironmentError, tokenFromEnv, wholeNumber, type Environment }

/** A logger that writes JSON lines to standard error, so that standard output stays for people; or to `stream`. */
export function loggerFromEnv(layer: Layer, env: Environment, stream?: DestinationStream): Logger {
  const level = env['SEABUS_LOG'] ?? 'warn'
  if (level !== 'silent' && !Object.hasOwn(pino.levels.values, level)) {
    throw new EnvironmentError(
      `SEABUS_LOG must be one of silent, ${Object.keys(pino.levels.values).join(', ')}, not ${level}`
    )
  }
  return pino({ level, base: { service: layer }, hooks: { streamWrite: plainText } }, stream ?? pino.destination(2))
}

/** Where each service is. Throws EnvironmentError when a variable says what is no URL. */
export function neighboursFromEnv(env: Environment): Readonly<Record<Layer, string>> {
  const urls = urlsFromEnv(env)
  for (const each of LAYERS) {
    if (!URL.canParse(urls[each])) throw new EnvironmentError(`${URL_VARIABLE[each]} is no URL: ${urls[each]}`)
  }
  return urls
}

function storeFromEnv(layer: Layer, env: Environment): Store {
  const epochMs = wholeNumber(env, 'SEABUS_EPOCH')
  const directory = env['SEABUS_DATA']
  if (directory === undefined || directory === '') return memoryStore(epochMs)
  const sync = env['SEABUS_SYNC'] || 'normal'
  if (sync !== 'normal' && sync !== 'full')
    throw new EnvironmentError(`SEABUS_SYNC must be normal or full, not ${sync}`)
  const maxBytes = wholeNumber(env, 'SEABUS_DATA_BYTES')
  try {
    return sqliteStore(directory, layer, epochMs, { sync, maxBytes })
  } catch (error) {
    throw new EnvironmentError(`SEABUS_DATA=${directory} cannot be used: ${reasonOf(error)}`)
  }
}

/** Why a data directory cannot be used. */
export const reasonOf = (error: unknown): string =>
  isInUse(error)
    ? 'another seabus is running with it; stop that one, or name another directory'
    : (error as Error).message

function retentionFromEnv(env: Environment): Partial<Retention> {
  const entries = wholeNumber(env, 'SEABUS_RETENTION')
  const bytes = wholeNumber(env, 'SEABUS_RETENTION_BYTES')
  const seconds = wholeNumber(env, 'SEABUS_RETENTION_AGE')
  return {
    ...(entries === undefined ? {} : { entries }),
    ...(bytes === undefined ? {} : { bytes }),
    ...(seconds === undefined ? {} : { ageNs: seconds * 1e9 })
  }
}

/** Where a service listens unless told otherwise. */
export const DEFAULT_HOST = '127.0.0.1'
/** Listening on these is listening on every address of the machine, which no one calls it by. */
const EVERY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

/**
 * Who may come in. Throws EnvironmentError when other machines could reach the service and nothing holds them off: neither
 * a token nor whoever starts it, who says that the network is the boundary.
 */
export function doorsFromEnv(env: Environment): Doors {
  const token = tokenFromEnv(env)
  const host = env['SEABUS_HOST'] ?? DEFAULT_HOST
  const trusts = env['SEABUS_TRUST_NETWORK'] || 'no'
  if (trusts !== 'yes' && trusts !== 'no') {
    throw new EnvironmentError(`SEABUS_TRUST_NETWORK must be yes or no, not ${trusts}`)
  }
  if (!isLoopback(host) && token === undefined && trusts === 'no') {
    throw new EnvironmentError(
      `SEABUS_HOST=${host} can be reached from other machines: set SEABUS_TOKEN, or SEABUS_TRUST_NETWORK=yes where the network is the boundary`
    )
  }
  const allowed = (env['SEABUS_ALLOWED_HOSTS'] ?? '').split(',').map((name) => name.trim())
  const urls = Object.values(urlsFromEnv(env)).filter((url) => URL.canParse(url))
  const own = EVERY_ADDRESS.has(host) ? [] : [host.includes(':') ? `[${host}]` : host]
  const hosts = [...allowed, ...own, ...urls.map((url) => new URL(url).hostname)].filter((name) => name !== '')
  return { hosts, token: token === undefined ? undefined : new Token(token) }
}

/** Where services may be whose address comes with a message. Throws EnvironmentError for a list that cannot be read. */
export function addressesFromEnv(env: Environment, urls: readonly string[]): AllowedAddresses {
  try {
    return new AllowedAddresses(env['SEABUS_POLICY_ALLOW'] || ALLOWED_BY_DEFAULT, () => urls)
  } catch (error) {
    throw new EnvironmentError(`SEABUS_POLICY_ALLOW: ${(error as Error).message}`)
  }
}

/** What messages to this layer have unless they say otherwise. */
function defaultsFromEnv(layer: Layer, env: Environment): Defaults | undefined {
  const profile = env['SEABUS_VMM_PROFILE']
  if (profile === undefined || profile === '') return undefined
  if (!(VMM_PROFILES as readonly string[]).includes(profile)) {
    throw new EnvironmentError(`SEABUS_VMM_PROFILE must be one of ${VMM_PROFILES.join(', ')}, not ${profile}`)
  }
  return layer === 'vmm' ? { [vmCreate.type]: { profile } } : undefined
}

/** All that a service gets from where it runs. Throws EnvironmentError for a variable that makes no sense. */
export function portsFromEnv(layer: Layer, env: Environment, logTo?: DestinationStream): ServicePorts {
  const logger = loggerFromEnv(layer, env, logTo)
  const machines = env['SEABUS_MACHINES']?.split(',').map((name) => name.trim())
  wholeNumber(env, 'SEABUS_PORT_BASE', MAX_PORT_BASE)
  const urls = neighboursFromEnv(env)
  const link = env['SEABUS_LINK'] ?? 'on'
  if (link !== 'on' && link !== 'off') throw new EnvironmentError(`SEABUS_LINK must be on or off, not ${link}`)
  const [doors, token] = [doorsFromEnv(env), tokenFromEnv(env)]
  const addresses = addressesFromEnv(env, Object.values(urls))
  const sending = sendingLimitsFromEnv(env)
  const store = storeFromEnv(layer, env)
  const transportOf = link === 'on' ? linkTransport : postTransport
  const transport = transportOf({
    from: layer,
    urls,
    token,
    addresses,
    ...sending,
    onChange(to, problem) {
      logger.warn({ to, code: problem?.code }, problem === undefined ? `${to} answers again` : problem.detail)
    }
  })
  const defaults = defaultsFromEnv(layer, env)
  const clock = realClock(store.epochMs)
  const warn = (text: string) => logger.warn(text)
  const spans = spansFromEnv(env, { service: layer, epochMs: clock.epochMs, warn })
  return {
    clock,
    ...(spans === undefined ? {} : { spans }),
    store,
    transport,
    addresses,
    logger,
    doors,
    limits: limitsFromEnv(env),
    fetch: fetchWith(token),
    ...(machines === undefined ? {} : { machines }),
    retention: retentionFromEnv(env),
    ...(defaults === undefined ? {} : { defaults }),
    ...(layer === 'vmm' ? { qmp: qmpFromEnv(env) } : {})
  }
}
