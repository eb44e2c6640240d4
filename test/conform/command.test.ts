import t from 'tap'
import { conformCommand } from '../../cli/actions/conform.ts'
import { buildLayer } from '../../services/build-layer.ts'
import { postTransport } from '../../shared/transport/post.ts'
import { PORTS, type ModelledLayer } from '../../shared/contracts/layer.ts'
import { freePortBase } from '../support/ports.ts'
import { foreign } from '../service/http.ts'

void t.test('the command says what holds and what does not, and what a stranger should have been told', async (t) => {
  const base = await freePortBase()
  const at = (layer: ModelledLayer) => `http://127.0.0.1:${base + PORTS[layer] - PORTS.console}`
  const urls = { hardware: at('hardware'), 'host-kernel': at('host-kernel') }
  const firmware = buildLayer('firmware', { machines: [], transport: postTransport({ from: 'firmware', urls }) })
  t.teardown(() => firmware.close())
  const url = await firmware.listen({ host: '127.0.0.1', port: 0 })
  const values = { listen: `${base}`, patience: '600000' }

  const kept = await conformCommand(values, ['firmware', url])
  const tap = await conformCommand({ ...values, format: 'tap' }, ['firmware', url])
  t.match(kept, { exitCode: 0, output: /pass {2}record-before-notification: [\s\S]*keeps the contract$/ })
  t.match(tap, { exitCode: 0, output: /^TAP version 14\nok 1 - [\s\S]*\n1\.\.\d+$/ })
})

void t.test('who calls other neighbours is found out at the first rule that waits, and keeps no machine', async (t) => {
  const base = await freePortBase()
  const other = await foreign((_request, response) => response.writeHead(202).end('{}'))
  t.teardown(other.close)
  const urls = { hardware: other.url, 'host-kernel': other.url }
  const firmware = buildLayer('firmware', { machines: [], transport: postTransport({ from: 'firmware', urls }) })
  t.teardown(() => firmware.close())
  const url = await firmware.listen({ host: '127.0.0.1', port: 0 })

  const stopped = await conformCommand({ listen: `${base}`, patience: '100' }, ['firmware', url])

  const at = `HOST_KERNEL_URL=http://127.0.0.1:${base + 3}`
  t.match(stopped, { exitCode: 2, output: '' })
  t.match(stopped.errors, new RegExp(`^[^\\n]*[a-z-]+ waits for a call [^\\n]* Start it with [^\\n]*${at}[^\\n]*$`))
  t.notMatch(await (await fetch(`${url}/v1/machines`)).text(), /conform-/)
})

void t.test('nobody, and somebody else, are told apart by the exit code', async (t) => {
  const values = { listen: `${await freePortBase()}`, patience: '1000' }
  const { url, close } = await foreign((_request, response) => response.writeHead(200).end('{}'))
  t.teardown(close)

  t.match(await conformCommand(values, ['firmware', 'http://127.0.0.1:9']), {
    exitCode: 3,
    errors: /cannot be reached/
  })
  t.match(await conformCommand(values, ['firmware', url]), { exitCode: 2, errors: /it is no firmware/ })
})

void t.test('ports that are taken, and options that make no sense, are usage errors', async (t) => {
  const base = await freePortBase()
  const taken = await foreign((_request, response) => response.end())
  t.teardown(taken.close)
  const port = Number(new URL(taken.url).port) - (PORTS.hardware - PORTS.console)
  const url = 'http://127.0.0.1:9'

  await t.rejects(conformCommand({ listen: `${port}` }, ['firmware', url]), { message: /in use/ })
  await t.rejects(conformCommand({ listen: `${base}`, format: 'xml' }, ['firmware', url]), {
    message: /text, tap, json/
  })
  await t.rejects(conformCommand({ listen: 'x' }, ['firmware', url]), { message: /--listen/ })
  await t.rejects(conformCommand({ listen: '65535' }, ['firmware', url]), { message: /--listen .* from 1 to 65529/ })
  await t.rejects(conformCommand({ listen: `${base}`, patience: '1e12' }, ['firmware', url]), {
    message: /--patience .* from 1 to 2147483647/
  })
  await t.rejects(conformCommand({}, ['weather', url]), { message: /which layer\? policy, firmware/ })
})
