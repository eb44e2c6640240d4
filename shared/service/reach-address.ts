import { connectorTo } from '../transport/connector.ts'
import type { AllowedAddresses } from '../transport/allowed-addresses.ts'
import { whyUnreached } from '../transport/why-unreached.ts'

/** How long whoever gives an address waits at most to hear whether anybody is there, ms. */
const PATIENCE_MS = 1000

/** Why nobody takes a connection at a URL now; undefined when somebody does, or when that takes longer than it is worth. */
export function whyNobodyIsAt(url: string, addresses: AllowedAddresses): Promise<string | undefined> {
  const { protocol, host, hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(undefined), PATIENCE_MS)
    const where = { protocol, host, port, hostname: hostname.replace(/^\[(.*)\]$/, '$1') }
    connectorTo(addresses)(where, (error, socket) => {
      clearTimeout(late)
      socket?.destroy()
      resolve(error === null ? undefined : whyUnreached(error))
    })
  })
}
