import { isIP } from 'node:net'
import { buildConnector } from 'undici'
import { AddressRefused, type AllowedAddresses } from './allowed-addresses.ts'

/** Connects only where it is allowed, looking anew at each connection. Fails with AddressRefused. */
export function connectorTo(addresses: AllowedAddresses): buildConnector.connector {
  // A name is looked up by us; an address is not looked up at all.
  const connect = buildConnector({ lookup: addresses.lookup })
  return (options, done) => {
    const { hostname } = options
    const version = isIP(hostname)
    if (version === 0) return connect(options, done)
    addresses.refusal(`http://${version === 6 ? `[${hostname}]` : hostname}`).then(
      (why) => (why === undefined ? connect(options, done) : done(new AddressRefused(why), null)),
      (error: Error) => done(error, null)
    )
  }
}
