import t, { type Test } from 'tap'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import ts from 'typescript'
import { parse } from 'yaml'
import { LAYERS, PORTS, URL_VARIABLE } from '../../shared/contracts/layer.ts'

const EXAMPLE = join(import.meta.dirname, '../../examples/kubernetes')

interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
  readonly spec?: Readonly<Record<string, unknown>>
}
interface Model {
  validate: () => void
}

/** The module that holds the schema of a kind, made from the OpenAPI document of Kubernetes. */
const moduleOf = ({ apiVersion, kind }: KubernetesObject) => `kubernetes-models/${apiVersion}/${kind}`

async function objectsIn(file: string): Promise<readonly KubernetesObject[]> {
  const read = parse(await readFile(join(EXAMPLE, file), 'utf8'), { merge: true }) as KubernetesObject & {
    items?: readonly KubernetesObject[]
  }
  return read.kind === 'List' ? (read.items ?? []) : [read]
}

const all = (await Promise.all(['namespace.yaml', 'network.yaml', 'layers.yaml'].map(objectsIn))).flat()

async function schemaSays(object: KubernetesObject): Promise<unknown> {
  const kinds = (await import(moduleOf(object))) as Record<string, new (data: unknown) => Model>
  const Kind = kinds[object.kind]
  if (Kind === undefined) throw new Error(`no schema of ${object.kind}`)
  try {
    new Kind(object).validate()
    return undefined
  } catch (error) {
    return error
  }
}

/** What the compiler has against objects as literals of their kinds' types: keys that no schema has, first of all. */
function typesSay(objects: readonly KubernetesObject[]): readonly string[] {
  const name = join(import.meta.dirname, 'objects.ts')
  const lines = objects.map(
    (object, index) =>
      `import type { I${object.kind} as Kind${index} } from '${moduleOf(object)}'\n` +
      `export const object${index}: Kind${index} = ${JSON.stringify(object)}\n`
  )
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler
  }
  const host = ts.createCompilerHost(options)
  const readSource = host.getSourceFile.bind(host)
  host.getSourceFile = (file, ...rest) =>
    file === name ? ts.createSourceFile(file, lines.join(''), ts.ScriptTarget.ESNext) : readSource(file, ...rest)
  const program = ts.createProgram([name], options, host)
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}

void t.test('every object fits the schema of its kind', async (t) => {
  for (const object of all) t.equal(await schemaSays(object), undefined, `${object.kind} ${object.metadata.name}`)
  t.strictSame(typesSay(all), [], 'and has no key besides')
})

void t.test('an object that does not fit its schema is found out', async (t) => {
  const [set] = all.filter(({ kind }) => kind === 'StatefulSet')
  if (set === undefined) throw new Error('there is no StatefulSet')

  t.match(await schemaSays({ ...set, spec: { ...set.spec, replicas: 'one' } }), /replicas/)
  t.match(typesSay([{ ...set, spec: { ...set.spec, replicass: 1 } }]), [/replicass/])
})

const named = (kind: string, name: string) => all.find((each) => each.kind === kind && each.metadata.name === name)

interface Pod {
  readonly securityContext: unknown
  readonly containers: readonly {
    readonly args: unknown
    readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[]
    readonly ports: unknown
    readonly livenessProbe: unknown
    readonly readinessProbe: unknown
    readonly securityContext: unknown
    readonly resources: unknown
  }[]
}

function podOf(t: Test, layer: string): Pod {
  const set = named('StatefulSet', layer)
  t.ok(set, `${layer} has a StatefulSet`)
  return (set?.spec?.['template'] as { spec: Pod }).spec
}

for (const layer of LAYERS) {
  void t.test(`${layer} runs without rights, with a token, and says when it is ready`, async (t) => {
    const { securityContext, containers } = podOf(t, layer)
    const [container] = containers
    t.match(securityContext, { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
    t.match(container, {
      args: [layer],
      ports: [{ name: 'http', containerPort: PORTS[layer] }],
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] }
      },
      livenessProbe: { httpGet: { path: '/health/live' } },
      readinessProbe: { httpGet: { path: '/health/ready' } },
      resources: { limits: { memory: /Mi$/ } }
    })
    const variable = (name: string) => container?.env.find((each) => each.name === name)
    t.match(variable('SEABUS_TOKEN'), { valueFrom: { secretKeyRef: { name: 'seabus-token' } } })
    t.equal(variable('SEABUS_TRUST_NETWORK'), undefined)
    for (const to of LAYERS) t.equal(variable(URL_VARIABLE[to])?.value, `http://${to}:${PORTS[to]}`)
    t.match(named('Service', layer)?.spec, { ports: [{ port: PORTS[layer] }] })
  })
}

void t.test(
  'layers find each other before they are ready, and whoever is outside finds a console that is',
  async (t) => {
    for (const layer of LAYERS) {
      const early = named('Service', layer)?.spec?.['publishNotReadyAddresses'] === true
      t.equal(early, layer !== 'console', layer)
    }
  }
)

void t.test('nothing but the console lets anybody in who is no part of seabus', async (t) => {
  const policies = all.filter(({ kind }) => kind === 'NetworkPolicy')
  const open = policies.filter(({ spec }) => !JSON.stringify(spec?.['ingress']).includes('part-of'))

  t.match(named('NetworkPolicy', 'seabus-among-themselves')?.spec, { policyTypes: ['Ingress', 'Egress'] })
  t.strictSame(
    open.map(({ spec }) => (spec?.['podSelector'] as { matchLabels: object }).matchLabels),
    [{ 'app.kubernetes.io/part-of': 'seabus', 'app.kubernetes.io/component': 'console' }]
  )
})
