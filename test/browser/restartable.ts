import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { buildConsole } from '../../services/console/app.ts'
import { sqliteRunFile } from '../../services/console/runs/file-sqlite.ts'
import type { Services } from '../support/services.ts'

/** A console beside that of the services, which can be ended and begun again at one address. */
export async function restartable(t: Test, urls: Services['urls']) {
  const data = t.testdir()
  let app: FastifyInstance | undefined
  let port = 0
  let runs = 0
  const start = async () => {
    app = buildConsole({
      urls,
      newMachine: () => `beside-${++runs}`,
      doors: { hosts: [], token: undefined },
      runFile: sqliteRunFile(data)
    })
    await app.listen({ host: '127.0.0.1', port })
  }
  await start()
  t.teardown(() => app?.close())
  const address = app?.server.address()
  if (address === null || typeof address !== 'object') throw new Error('the console listens nowhere')
  port = address.port
  return { url: `http://127.0.0.1:${port}`, start, stop: async () => app?.close() }
}
