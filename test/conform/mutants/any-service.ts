import { fetch } from '../../../cli/fetch.ts'
import { requestOf } from '../../../shared/contracts/path.ts'
import { HEADER } from '../../../shared/transport/headers.ts'
import type { Mutant } from '../support.ts'

/** Faults that a service of any layer can have. */

type Fault = Omit<Mutant, 'breaks'>

export const TAKES_REPEATS: Fault = {
  what: 'a message is taken again when it comes again',
  app: (app) =>
    void app.addHook('onRequest', async ({ headers }) => {
      delete headers['idempotency-key']
    })
}

/** A message of this type is sent once, and taken as delivered whatever the answer is. */
export const GIVES_UP = (type: string): Fault => ({
  what: `${type} is lost when a neighbour is not there`,
  transport: (transport) => ({
    ...transport,
    deliver(outgoing, done) {
      const { message, machine, data, id } = outgoing
      if (message.type !== type) return transport.deliver(outgoing, done)
      const { path, body } = requestOf(message)(machine, data)
      const headers = { 'content-type': 'application/json', [HEADER.id]: id }
      const sent = fetch(`${transport.urlOf(message.to)}${path}`, {
        method: message.method,
        headers,
        body: JSON.stringify(body)
      })
      const given = () => done({ kind: 'accepted', journalled: false, id, seq: 0 })
      void sent.then(given, given)
      return () => undefined
    }
  })
})
