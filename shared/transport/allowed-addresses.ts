import { lookup as resolve, type LookupAddress } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { networkInterfaces } from 'node:os'

/** What may be connected to unless told otherwise. */
export const ALLOWED_BY_DEFAULT = 'loopback,own-network'

/** What an allow-list may hold, for people. */
export const ALLOW_RULE =
  'none, or a comma list of loopback, own-network, addresses, networks as 10.0.0.0/8, and host names'

const NAME = /^(?!\d+(\.\d+)*$)[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?$/i
const NETWORK = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i
const BITS = { 4: 32, 6: 128 } as const

/** Never somebody's service, though an allowed name may lead there: this host, link-local (with the metadata of clouds), multicast. */
const NEVER = listOf(['0.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3', '::/128', 'fe80::/10', 'ff00::/8'])
const LOOPBACK = listOf(['127.0.0.0/8', '::1/128'])

/** How long it is remembered where our neighbours are. */
const REMEMBERED_MS = 10_000

type Resolved = readonly Pick<LookupAddress, 'address' | 'family'>[]

/** What this depends on outside of itself. */
export interface AddressPorts {
  /** All addresses of a name; empty when it has none. */
  readonly resolve: (name: string) => Promise<Resolved>
  /** The networks that this machine is on, as `192.168.1.7/24`. */
  readonly networks: () => readonly string[]
  readonly nowMs: () => number
}

const realPorts: AddressPorts = {
  resolve: (name) =>
    new Promise((done) => {
      resolve(name, { all: true, verbatim: true }, (error, found) => done(error === null ? found : []))
    }),
  networks: () =>
    Object.values(networkInterfaces()).flatMap((all) =>
      (all ?? []).flatMap(({ cidr }) => (cidr === null ? [] : [cidr]))
    ),
  nowMs: () => performance.now()
}

/** An address that may not be connected to. `code` is as system errors have theirs. */
export class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED'
}

/** Where services may be that we are told of while we run: a policy's address comes with a request, from anyone. */
export class AllowedAddresses {
  readonly #names = new Set<string>()
  readonly #listed = new BlockList()
  readonly #isLoopback: boolean
  readonly #isOwnNetwork: boolean
  readonly #neighbours: () => readonly string[]
  readonly #ports: AddressPorts
  #own: { readonly list: BlockList; readonly untilMs: number } | undefined

  /**
   * `rules` as in `ALLOW_RULE`; throws RangeError for what is none. `neighbours` are the URLs of the other layers: they say
   * which of the networks of this machine is the one of the services.
   */
  constructor(rules: string, neighbours: () => readonly string[], ports: AddressPorts = realPorts) {
    const all = rules.split(',').map((rule) => rule.trim())
    this.#isLoopback = all.includes('loopback')
    this.#isOwnNetwork = all.includes('own-network')
    this.#neighbours = neighbours
    this.#ports = ports
    for (const rule of all) {
      if (rule === 'loopback' || rule === 'own-network' || (rule === 'none' && all.length === 1)) continue
      if (NETWORK.test(rule) && rule.match(/[.:]/) !== null) addTo(this.#listed, rule)
      else if (NAME.test(rule) && rule !== 'none') this.#names.add(rule.toLowerCase())
      else throw new RangeError(`${rule} is not one of: ${ALLOW_RULE}`)
    }
  }

  /** Why a URL can never do, wherever its name leads; undefined when it may. */
  badUrl(text: string): string | undefined {
    if (!URL.canParse(text)) return 'it is no URL'
    const { protocol, username, password, hostname } = new URL(text)
    if (protocol !== 'http:' && protocol !== 'https:') return 'its scheme is neither http nor https'
    if (username !== '' || password !== '') return 'it has a user name or password'
    const address = addressIn(hostname)
    return address !== undefined && isIn(NEVER, address) ? `${hostname} is no address of a service` : undefined
  }

  /** Why a URL may not be connected to, as its name leads now; undefined when it may, or leads nowhere yet. */
  async refusal(text: string): Promise<string | undefined> {
    const bad = this.badUrl(text)
    if (bad !== undefined) return bad
    const { hostname } = new URL(text)
    const address = addressIn(hostname)
    const found = address === undefined ? await this.#ports.resolve(hostname) : [{ address, family: isIP(address) }]
    if (found.length === 0) return undefined
    return (await this.#allowed(hostname, found)).length > 0 ? undefined : notAllowed(hostname, found)
  }

  /** As `dns.lookup`, but gives only what may be connected to, so that what was looked at is what is connected to. */
  readonly lookup: LookupFunction = (hostname, options, done) => {
    const find = async () => {
      const found = await this.#ports.resolve(hostname)
      if (found.length === 0) throw Object.assign(new Error(`${hostname} is not known`), { code: 'ENOTFOUND' })
      const wanted = typeof options.family === 'number' && options.family !== 0 ? options.family : undefined
      const allowed = await this.#allowed(hostname, found)
      const fitting = allowed.filter(({ family }) => wanted === undefined || family === wanted)
      if (fitting.length === 0) throw new AddressRefused(notAllowed(hostname, found))
      return fitting
    }
    find().then(
      (found) => {
        const [first] = found
        if (options.all === true) done(null, [...found])
        else done(null, first?.address ?? '', first?.family)
      },
      (error: NodeJS.ErrnoException) => done(error, '')
    )
  }

  async #allowed(hostname: string, found: Resolved): Promise<Resolved> {
    const isNamed = this.#names.has(hostname.toLowerCase().replace(/\.$/, ''))
    const sound = found.filter(({ address }) => !isIn(NEVER, address))
    if (isNamed || sound.length === 0) return sound
    const own = this.#isOwnNetwork ? await this.#ownNetwork() : undefined
    return sound.filter(
      ({ address }) =>
        (this.#isLoopback && isIn(LOOPBACK, address)) ||
        isIn(this.#listed, address) ||
        (own !== undefined && isIn(own, address))
    )
  }

  /** Where our neighbours are, and those of the networks of this machine that they are on. */
  async #ownNetwork(): Promise<BlockList> {
    const now = this.#ports.nowMs()
    if (this.#own !== undefined && now < this.#own.untilMs) return this.#own.list
    const names = this.#neighbours().flatMap((url) => (URL.canParse(url) ? [new URL(url).hostname] : []))
    const resolved = await Promise.all(
      [...new Set(names)].map(async (name) => {
        const address = addressIn(name)
        return address === undefined ? (await this.#ports.resolve(name)).map((each) => each.address) : [address]
      })
    )
    const neighbours = resolved.flat()
    const list = listOf(neighbours)
    for (const network of this.#ports.networks()) {
      const one = listOf([network])
      if (neighbours.some((address) => isIn(one, address))) addTo(list, network)
    }
    this.#own = { list, untilMs: now + REMEMBERED_MS }
    return list
  }
}

const notAllowed = (hostname: string, found: Resolved) => {
  const address = found[0]?.address ?? ''
  const where = address === addressIn(hostname) ? address : `${hostname} (${address})`
  return `${where} is not among what SEABUS_POLICY_ALLOW allows`
}

/** The address that a URL names by itself, without the brackets of IPv6. */
function addressIn(hostname: string): string | undefined {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1')
  return isIP(bare) === 0 ? undefined : bare
}

function isIn(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/** Adds an address or a network. Throws RangeError for what is none. */
function addTo(list: BlockList, rule: string): void {
  const [, address = '', bits] = NETWORK.exec(rule) ?? []
  const version = isIP(address)
  const most = version === 0 ? 0 : BITS[version as 4 | 6]
  const prefix = bits === undefined ? most : Number(bits)
  if (version === 0 || prefix > most) throw new RangeError(`${rule} is no network`)
  list.addSubnet(address, prefix, version === 6 ? 'ipv6' : 'ipv4')
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const each of networks) addTo(list, each)
  return list
}
