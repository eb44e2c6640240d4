import t from 'tap'
import { buildLayer } from '../../services/build-layer.ts'
import { conformPolicy } from '../../cli/conform/conform-policy.ts'
import { Decision, Question } from '../../shared/contracts/policy.ts'
import { wire } from '../../shared/contracts/validate.ts'
import { POLICY_MUTANTS, type PolicyMutant } from './mutants/policy.ts'

const PATIENT_MS = 3_600_000
/** For a mutant that does not answer: what else is late then only breaks more rules. */
const IMPATIENT_MS = 25

const decision = wire(Decision)
const question = wire(Question)

/** The policy service with its answers changed on their way out. */
function mutated({ answer, refusal, silentAfter = Infinity }: PolicyMutant) {
  const app = buildLayer('policy')
  let asked = 0
  app.addHook('onRequest', (_request, _reply, done) => {
    if (++asked <= silentAfter) done()
  })
  app.addHook('onSend', async (request, reply, payload) => {
    if (!request.url.endsWith('/decisions')) return payload
    if (reply.statusCode >= 400 && refusal !== undefined) {
      reply.code(refusal[0]).type(refusal[1]).removeHeader('content-length')
      return refusal[2]
    }
    if (reply.statusCode !== 200 || answer === undefined) return payload
    const [told, about] = [decision.parse(JSON.parse(String(payload))), question.parse(request.body)]
    if ('error' in told || 'error' in about) return payload
    const changed = answer(told.value as Decision, about.value as Question, asked)
    reply.removeHeader('content-length')
    return typeof changed === 'string' ? changed : JSON.stringify(changed)
  })
  return app
}

for (const mutant of POLICY_MUTANTS) {
  void t.test(`policy: ${mutant.what}`, async (t) => {
    const app = mutated(mutant)
    t.teardown(() => app.close())
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    const deadlineMs = mutant.silentAfter === undefined ? PATIENT_MS : IMPATIENT_MS

    const results = await conformPolicy(url, { machine: 'm0', deadlineMs })

    const broken = results.filter((result) => result.broken.length > 0).map(({ rule }) => rule)
    for (const rule of mutant.breaks) t.ok(broken.includes(rule), `${rule}: ${broken.join(', ')}`)
  })
}
