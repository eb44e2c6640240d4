import t from 'tap'
import { noTransport } from '../../shared/transport/transport.ts'
import { ask, journalOf } from './http.ts'
import { vmmService } from './ping-service.ts'

const SUMS = '/v1/machines/m0/sums/a'

void t.test(
  'while too much waits for a neighbour, nobody outside may cause more of it, and what is inside goes on',
  async (t) => {
    const full = new Set<string>()
    const transport = {
      ...noTransport,
      fullFor: (machine: string) => (full.has(machine) ? ('guest' as const) : undefined)
    }
    const vmm = vmmService({ transport, machines: ['m0', 'm1'] })
    t.teardown(() => vmm.close())
    const add = (id: string, more: Record<string, string> = {}, url = SUMS) =>
      ask(vmm, 'POST', url, { value: '0x1' }, { 'idempotency-key': id, ...more })
    t.match(await add('before'), { status: 202 })
    full.add('m0')

    t.match(await add('outside'), {
      status: 503,
      headers: { 'retry-after': '1' },
      json: { code: 'neighbour-backlog', detail: /guest/ }
    })
    t.match(await add('before'), { status: 202 }, 'a repeat is told what became of the first')
    t.match(await add('inside', { 'ce-source': '/hardware' }), { status: 202 })
    t.match(await add('other', {}, '/v1/machines/m1/sums/a'), { status: 202 }, 'another machine')

    full.clear()
    t.match(await add('outside'), { status: 202 }, 'the same again when there is room')
    const messages = (await journalOf(vmm, '?machine=m0')).filter(({ type }) => type === 'sum.add')
    t.strictSame(
      messages.map(({ id }) => id),
      ['before', 'inside', 'outside']
    )
  }
)
