import t from 'tap'
import { Components } from '../../shared/service/describing/components.ts'
import { camel, operationIdOf, pascal } from '../../shared/service/describing/operation-id.ts'

const Layer = { title: 'Layer', enum: ['vmm', 'guest'] }

void t.test('a schema that has a name stands once, and everywhere else is a reference to it', async (t) => {
  const components = new Components()

  const first = components.taken({ type: 'object', properties: { from: Layer, to: Layer } })

  const $ref = '#/components/schemas/Layer'
  t.strictSame(first, { type: 'object', properties: { from: { $ref }, to: { $ref } } })
  t.strictSame(components.schemas, { Layer: { type: 'string', enum: ['vmm', 'guest'] } })
})

void t.test('what is said of a place stays there', async (t) => {
  const components = new Components()

  const taken = components.taken({ ...Layer, description: 'whose journal it is', default: 'vmm' })

  const $ref = '#/components/schemas/Layer'
  t.strictSame(taken, { $ref, description: 'whose journal it is', default: 'vmm' })
  t.notOk('description' in (components.schemas['Layer'] ?? {}))
})

void t.test('two schemas that are different do not have one name', async (t) => {
  const components = new Components()
  components.taken(Layer)

  t.throws(() => components.taken({ ...Layer, enum: ['vmm'] }), {
    message: /two different schemas have the name Layer/
  })
})

void t.test('a field may be called as a word of JSON Schema, and an example as a schema', async (t) => {
  const components = new Components()

  const taken = components.taken({
    properties: { required: Layer, title: { type: 'string' }, enum: { type: 'string' } },
    examples: [{ title: 'Layer' }],
    title: 'what people read'
  })

  t.match(taken, { properties: { required: { $ref: /Layer$/ }, title: { type: 'string' } }, title: 'what people read' })
  t.strictSame((taken as { examples: unknown }).examples, [{ title: 'Layer' }])
})

void t.test('an operation is called by what is done, to what', async (t) => {
  t.equal(operationIdOf({ type: 'error.inject' }), 'injectError')
  t.equal(operationIdOf({ type: 'boot-errors.install' }), 'installBootErrors')
  t.equal(operationIdOf({ type: 'kvm.set-user-memory-region' }), 'kvmSetUserMemoryRegion')
  t.equal(operationIdOf({ type: 'vm.policy' }), 'setVmPolicy')
  t.equal(camel('host-kernel-getKernel'), 'hostKernelGetKernel')
  t.equal(pascal('host-kernel'), 'HostKernel')
})
