import t from 'tap'
import { Type } from 'typebox'
import { message, type MessageType } from '../../shared/contracts/message.ts'
import { fieldOfText, fieldSchema, pathParameters, requestOf } from '../../shared/contracts/path.ts'
import { U64 } from '../../shared/contracts/wire.ts'

const M = '/v1/machines/:machine'
const data = Type.Object({
  vm: Type.String(),
  vcpu: Type.Integer(),
  esr: Type.Optional(U64),
  on: Type.Optional(Type.Boolean())
})
const row = (method: MessageType['method'], path: string) =>
  message({ type: 'a.b', to: 'vmm', method, path, summary: '', data, reply: Type.Object({}) })

void t.test('fields of the path leave the body', async (t) => {
  const request = requestOf(row('PUT', `${M}/vms/:vm/vcpus/:vcpu`))

  t.strictSame(request('m0', { vm: 'vm 0', vcpu: 3, esr: '0x1' }), {
    path: '/v1/machines/m0/vms/vm%200/vcpus/3',
    body: { esr: '0x1' }
  })
})

void t.test('without fields in the path the data is the body', async (t) => {
  const body = { vm: 'vm0', vcpu: 0 }

  t.equal(requestOf(row('POST', `${M}/things`))('m0', body).body, body)
})

void t.test('a GET has the rest in its query', async (t) => {
  const request = requestOf(row('GET', `${M}/vms/:vm`))

  t.strictSame(request('m0', { vm: 'vm0', vcpu: 3, esr: '0x1', on: undefined }), {
    path: '/v1/machines/m0/vms/vm0?vcpu=3&esr=0x1',
    body: undefined
  })
})

void t.test('what a URL says becomes JSON of its field, and nonsense is left for validation', async (t) => {
  const cases: [string, string, unknown][] = [
    ['vcpu', '3', 3],
    ['vcpu', 'three', 'three'],
    ['vcpu', '', ''],
    ['vm', '3', '3'],
    ['esr', '0x10', '0x10'],
    ['on', 'true', true],
    ['on', 'yes', 'yes'],
    ['other', '1', '1']
  ]

  for (const [name, text, json] of cases) t.equal(fieldOfText(fieldSchema(data, name), text), json, `${name}=${text}`)
  t.strictSame(pathParameters(`${M}/vms/:vm`), ['machine', 'vm'])
})
