import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { buildService } from '../../shared/service/service.ts'
import { guestModel, PING_ACCEPTS, PING_TYPES } from '../support/ping.ts'

void t.test('a service ends though a follower of its journal reads nothing and agrees to no end', async (t) => {
  const app = buildService({ model: guestModel, accepts: PING_ACCEPTS.guest ?? [], sends: PING_TYPES })
  const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.write(
    `GET /v1/journal?follow=true HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
      'sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'
  )
  const [answer] = (await once(socket, 'data')) as [Buffer]
  t.match(answer.toString(), /^HTTP\/1\.1 101 /)

  // Without a bound it ends when the time of this test does.
  await app.close()
})
