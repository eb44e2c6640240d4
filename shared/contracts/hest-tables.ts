import { Type, type Static } from 'typebox'
import { closed, named, LinuxVersion, SourceId, SourceNotification } from './common.ts'
import { message } from './message.ts'
import { Bytes, U64 } from './wire.ts'

/** The HEST: how a user replaces it, and how the OS finds it. */
const M = '/v1/machines/:machine'

/** What came of a HEST: where each source is, and what Linux says of it. */
const HestInstalled = named('HestInstalled', {
  sources: Type.Array(
    closed({
      sourceId: SourceId,
      type: Type.Enum([9, 10], { description: '9 GHES, 10 GHESv2' }),
      notify: SourceNotification,
      served: Type.Boolean({ description: 'firmware has a block for it; else its cells are not in its memory' }),
      because: Type.Optional(Type.String()),
      statusBlock: Type.Optional(U64),
      doorbell: Type.Optional(
        Type.Boolean({ description: 'its Read Ack Register is shared: each write is a message' })
      ),
      linux: Type.Enum(['armed', 'refused', 'disabled', 'unused'], {
        description: 'what ghes_probe() makes of it; unused when the kernel takes no source of the table'
      }),
      reason: Type.Optional(Type.String({ description: "the kernel's line" }))
    }),
    { description: 'GHES and GHESv2 in the order of the table, as many as its count names' }
  ),
  linux: closed({
    version: LinuxVersion,
    hest: Type.Enum(['absent', 'enabled', 'disabled']),
    log: Type.Array(Type.String(), { description: 'every line that a boot prints about the table' })
  }),
  ignored: Type.Array(closed({ source: Type.Optional(SourceId), what: Type.String() }), {
    description: 'what says something and is read by no rule of the kernel'
  })
})
export type HestInstalled = Static<typeof HestInstalled>

export const hestInstall = message({
  type: 'hest.install',
  to: 'firmware',
  method: 'PUT',
  path: `${M}/hest`,
  raw: 'table',
  summary:
    'Replaces the HEST (the OS sees it at its next boot) and says what Linux will arm, refuse, warn of or ignore',
  description:
    'Refused are bytes that cannot be walked as a HEST, and a source that Linux would use with cells outside of the memory that firmware owns; what Linux takes is taken.',
  data: closed({
    relocate: Type.Optional(
      Type.Boolean({
        description:
          "the table of another machine as dumped: its cells are moved into this firmware's memory, all else stays"
      })
    ),
    verbatim: Type.Optional(
      Type.Boolean({ description: 'any bytes, to see what the OS makes of them; firmware serves what it can' })
    ),
    linux: Type.Optional({ ...LinuxVersion, description: 'whose words the answer has; 6.1 unless said' }),
    table: Bytes
  }),
  reply: HestInstalled
})

export const hestRead = message({
  type: 'hest.read',
  to: 'firmware',
  method: 'GET',
  path: `${M}/hest`,
  summary: 'The Hardware Error Source Table as the OS finds it',
  description:
    'Asked once at every boot of the host kernel, before anything else. ACPI 6.5, 18.3.2: GHES or GHESv2, whose addresses are system memory that memory.read and memory.write serve.',
  data: closed({}),
  reply: closed({
    table: Bytes,
    bert: Type.Optional(
      Type.Unsafe<Uint8Array>({ ...Bytes, description: 'the Boot Error Record Table; absent while there is none' })
    )
  })
})
