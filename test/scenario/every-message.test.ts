import t from 'tap'
import { runInProcess } from '../../cli/scenario/in-process.ts'
import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import { ProblemError } from '../../shared/contracts/problem.ts'
import { ACCEPTS } from '../../shared/contracts/registry.ts'
import { StepError } from '../../shared/scenario/places.ts'
import { readScenario } from '../../shared/scenario/read-scenario.ts'

/** What examples leave to the path. */
const IN_PATH: Readonly<Record<string, unknown>> = {
  vm: 'vm0',
  vcpu: 0,
  pid: 1200,
  source: 1,
  name: 'panic',
  table: 'AAAA',
  slot: 0,
  capability: 'KVM_CAP_ARM_SEA_TO_USER',
  reg: 'pc'
}

/** Runs a step that sends the message, and says whether it came, or how a layer or the scenario refused it. */
async function sent(step: object, validate: boolean): Promise<unknown> {
  const read = readScenario(JSON.stringify({ seabus: 1, title: 't', steps: [step], expect: { host: 'running' } }), 'f')
  if (read.errors !== undefined) return read.errors
  try {
    return (await runInProcess(read.scenario, {}, { validate })).journal
  } catch (problem) {
    return problem
  }
}

for (const layer of MODELLED_LAYERS) {
  for (const { type, data: schema, example } of ACCEPTS[layer]) {
    void t.test(`${type} to ${layer} is a step of a scenario: its addresses and bytes are decoded`, async (t) => {
      const left = Object.entries(IN_PATH).filter(([name]) => schema.required?.includes(name))
      const step = { message: { to: layer, type, data: { ...Object.fromEntries(left), ...example } } }

      for (const validate of [false, true]) {
        const came = await sent(step, validate)
        if (Array.isArray(came))
          t.match(
            came.find(({ from, type: is }) => from === 'outside' && is === type),
            { type }
          )
        else t.ok(came instanceof StepError || came instanceof ProblemError, String(came))
      }
    })
  }
}
