import { Type, type Static } from 'typebox'
import { said } from './said.ts'
import { Name } from './scalars.ts'
import { Process, Vm } from './schema-actors.ts'
import { Expectation } from './schema-expect.ts'
import { Machine } from './schema-machine.ts'
import { Step } from './schema-step.ts'

/** The version of the format, as the file's `seabus:` says it. */
const FORMAT_VERSION = 1

export const Scenario = Type.Object(
  {
    seabus: Type.Literal(FORMAT_VERSION, { description: 'version of this format' }),
    title: Type.String({ minLength: 1, description: 'what happens, in a sentence' }),
    about: Type.Optional(Type.String({ description: 'what it is about, at any length' })),
    source: Type.Optional(
      Type.Union([Type.String(), Type.Array(Type.String())], { description: 'where the expectation comes from' })
    ),
    tags: Type.Optional(Type.Array(Type.String(), { description: 'words to find it by' })),
    unmodelled: Type.Optional(
      Type.String({ description: 'what this stands for and the model does not do; every report of a run says it' })
    ),
    machine: Type.Optional(said(Machine, 'the host')),
    vms: Type.Optional(Type.Array(Vm, { description: 'default: one VM, unless there are processes' })),
    processes: Type.Optional(Type.Array(Type.Union([Name, Process]), { description: 'of the host, besides VMMs' })),
    steps: Type.Array(Step, { minItems: 1, description: 'one thing after the other' }),
    expect: Type.Optional(said(Expectation, 'how it must end'))
  },
  {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'seabus scenario, version 1',
    additionalProperties: false
  }
)

export type ScenarioFile = Static<typeof Scenario>
