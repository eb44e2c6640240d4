import t from 'tap'
import { qmpFromEnv } from '../../shared/service/qmp-places.ts'

void t.test('SEABUS_QMP is a directory, a port or both, in whatever order', async (t) => {
  t.equal(qmpFromEnv({}), undefined)
  t.equal(qmpFromEnv({ SEABUS_QMP: '' }), undefined)
  t.match(qmpFromEnv({ SEABUS_QMP: '/run/qmp' }), { directory: '/run/qmp', port: undefined })
  t.match(qmpFromEnv({ SEABUS_QMP: '4445' }), { directory: undefined, port: 4445 })
  t.match(qmpFromEnv({ SEABUS_QMP: '4445, ./qmp' }), { directory: './qmp', port: 4445 })
})

void t.test('what makes no sense in SEABUS_QMP is refused at start', async (t) => {
  for (const [value, message] of [
    ['0', /a number from 1 to 65535, not 0$/],
    ['65536', /a number from 1 to 65535/],
    ['a,b', /both with a comma between, not a,b$/],
    ['1,2', /both with a comma between/]
  ] as const) {
    t.throws(() => qmpFromEnv({ SEABUS_QMP: value }), { message }, value)
  }
})
