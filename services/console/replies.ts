import { Type } from 'typebox'
import { LINUX_VERSIONS, named } from '../../shared/contracts/common.ts'
import { Holding } from '../../shared/contracts/dead-letter.ts'
import { TextErrorSchema } from '../../shared/contracts/problem-schema.ts'
import { MceKill } from '../../shared/contracts/host-processes.ts'

/** What the console answers, for `/openapi.json`. */

/** Statuses of what a service may refuse, which the console then refuses by the same code. */
export const OF_SERVICES = [404, 409, 410, 422, 501, 502, 503, 504, 507]

const ByService = (description: string) => Type.Record(Type.String(), Type.String(), { description })

export const SystemHealth = named('SystemHealth', {
  status: Type.Enum(['ok', 'degraded']),
  services: ByService('how each is, in words'),
  deadLetters: named('DeadLetterCounts', {
    count: Type.Integer(),
    services: Type.Record(Type.String(), Type.Integer())
  }),
  holding: Type.Array(Holding)
})
export const SystemReadiness = named('SystemReadiness', {
  ready: Type.Boolean(),
  why: Type.Array(Type.String()),
  services: Type.Record(Type.String(), Type.Unknown(), { description: 'as each says it' })
})

export const MachineEverywhere = named('MachineEverywhere', {
  machine: Type.String(),
  services: ByService('what each has answered')
})

const because = Type.Optional(Type.String({ description: 'why there are none' }))
export const OfferedPolicies = named('OfferedPolicies', {
  policies: Type.Array(
    named('OfferedPolicy', {
      name: Type.String(),
      summary: Type.Optional(Type.String()),
      rules: Type.Optional(Type.Integer()),
      isDefault: Type.Optional(Type.Boolean())
    })
  ),
  because,
  addresses: Type.String({ description: 'where policies may be that are given by address' })
})
export const OfferedProfiles = named('OfferedProfiles', {
  vmm: named('OfferedVmms', {
    default: Type.Optional(Type.String({ description: 'of VMs that are made without one' })),
    profiles: Type.Array(
      named('OfferedVmm', {
        name: Type.String(),
        summary: Type.Optional(Type.String()),
        asks: Type.Optional(Type.Enum(['policy', 'nobody'])),
        defaultPolicy: Type.Optional(Type.String()),
        mceKill: Type.Optional(MceKill),
        sigbus: Type.Optional(Type.Enum(['handler', 'default']))
      })
    ),
    because
  }),
  linux: named('OfferedKernels', {
    default: Type.Enum([...LINUX_VERSIONS]),
    versions: Type.Array(Type.Enum([...LINUX_VERSIONS]))
  })
})

export const ShippedScenarioList = named('ScenarioList', {
  scenarios: Type.Array(
    named('ShippedScenario', {
      name: Type.String(),
      title: Type.String(),
      folder: Type.String({ description: "'' for the uppermost" }),
      fault: Type.Optional(Type.String({ description: 'as its runs have it' }))
    })
  )
})
export const ScenarioMistakes = named('ScenarioMistakes', { errors: Type.Array(TextErrorSchema) })
