import { basename } from 'node:path'
import t from 'tap'
import { readScenarios, SHIPPED } from '../../cli/scenario/files.ts'
import { MODELS } from '../../services/layers.ts'
import { stateOfText, textOfState } from '../../shared/engine/state-text.ts'
import type { AnyModel } from '../../shared/model/step.ts'
import { runScenario } from '../../shared/scenario/run-scenario.ts'
import type { ScenarioFile } from '../../shared/scenario/schema.ts'
import { shortHash } from '../support/golden.ts'
import { room } from '../support/room.ts'

/** Each layer as if it were brought back from a snapshot before every one of its steps. */
const RESTORED: readonly AnyModel[] = MODELS.map((model) => ({
  ...model,
  step: (state, input, live) => model.step(stateOfText(textOfState(state)), input, live)
}))

async function journalWith(models: readonly AnyModel[], scenario: ScenarioFile, live: boolean): Promise<string> {
  const { system } = room({ live, validate: false }, models)
  return shortHash((await runScenario(system, scenario, 'm0')).journal)
}

const read = readScenarios([SHIPPED])
if ('errors' in read) throw new Error(read.errors.map(({ message }) => message).join('\n'))

for (const live of [true, false]) {
  const how = live ? 'on the stack' : 'run again with each answer'
  void t.test(
    `a layer that is read back from text at any point goes on as it would have: handlers ${how}`,
    async (t) => {
      for (const { file, scenario } of read.scenarios) {
        t.equal(await journalWith(RESTORED, scenario, live), await journalWith(MODELS, scenario, live), basename(file))
      }
    }
  )
}
