import { once } from 'node:events'
import pino from 'pino'
import t from 'tap'
import { WebSocket } from 'ws'
import { buildLayer } from '../../services/build-layer.ts'
import { contractOf } from '../../shared/transport/link-contract.ts'
import { LINK_PATH, TEXT_MAX_BYTES } from '../../shared/transport/link-frames.ts'
import { helloHeaders } from '../../shared/transport/link-handshake.ts'
import { ACCEPTS } from '../../shared/contracts/registry.ts'

for (const factor of [1, 4]) {
  void t.test(`a link message of over ${factor * 4} MiB ends the link with 1009, and is no defect`, async (t) => {
    const logged: string[] = []
    const logger = pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) })
    const app = buildLayer('policy', { logger })
    t.teardown(() => app.close())
    const url = (await app.listen({ host: '127.0.0.1', port: 0 })).replace('http', 'ws')
    const headers = helloHeaders({ from: 'vmm', to: 'policy', contract: contractOf(ACCEPTS.policy) })
    const socket = new WebSocket(url + LINK_PATH, { headers })
    await once(socket, 'open')

    socket.send('x'.repeat(factor * TEXT_MAX_BYTES + 1))
    const [code] = (await once(socket, 'close')) as [number]

    t.equal(code, 1009)
    t.match(
      logged.map((line) => JSON.parse(line) as object),
      [{ level: 40, code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', msg: /a WebSocket is ended/ }]
    )
    t.notMatch(logged.join(''), /stack/)
  })
}
