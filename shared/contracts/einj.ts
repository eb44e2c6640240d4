import { Type, type Static } from 'typebox'
import { closed, U32 } from './common.ts'
import { message } from './message.ts'
import { U64 } from './wire.ts'

/** Error injection: as firmware is asked for it, and as the files of the kernel's driver have it. */
const M = '/v1/machines/:machine'

/** A request with EINJ's own numbers; Linux names the parameters and gives them a meaning without flags. */
export const EINJ_REQUEST = {
  type: Type.Integer({ minimum: 1, maximum: 0xffffffff, description: 'one error type bit, e.g. 0x10 = 16 memory UE' }),
  flags: Type.Optional(
    Type.Integer({
      ...U32,
      description:
        '1 CPU id (param3), 2 address and mask (param1, param2), 4 SBDF (param4); 0: param1 is the CPU id, the address (param2 its mask) or the SBDF, by the type'
    })
  ),
  param1: Type.Optional(Type.Unsafe<bigint>({ ...U64, description: 'address' })),
  param2: Type.Optional(Type.Unsafe<bigint>({ ...U64, description: 'address mask, of a page or less' })),
  param3: Type.Optional(Type.Integer({ ...U32, description: 'CPU id: APIC id, or MPIDR' })),
  param4: Type.Optional(
    Type.Integer({ ...U32, description: 'PCIe SBDF: segment 31:24, bus 23:16, device 15:11, function 10:8' })
  ),
  signalled: Type.Optional(
    Type.Enum(['SEA', 'SError'], { description: 'ours: how consuming the planted error surfaces' })
  )
}

/** Whether the error is only planted; what it means to leave that out differs. */
const notrigger = (description: string) => Type.Optional(Type.Integer({ minimum: 0, maximum: 1, description }))

/**
 * Spec: ACPI 6.5 18.6 (EINJ), SET_ERROR_TYPE_WITH_ADDRESS; Linux names the parameters param1..param4.
 * Fidelity: approximates. One request carries what the action sequence would set; the trigger table is one flag.
 */
export const einjInject = message({
  type: 'einj.inject',
  to: 'firmware',
  method: 'POST',
  path: `${M}/einj`,
  summary: "An error injection request with EINJ's own numbers, as firmware gets it",
  description:
    'Answered with the command status once the error is there. Anything but success is a refusal: of the type first, then the flags, then what they make valid, then the address. What Linux checks before firmware hears of it is at the host kernel’s /einj.',
  data: closed({
    ...EINJ_REQUEST,
    notrigger: notrigger('1 or absent: plant it, let software consume it; 0: detected at once')
  }),
  reply: closed({ status: Type.Literal('success') }),
  example: { type: 16, flags: 2, param1: '0x48001000', param2: '0xfffffffffffff000', notrigger: 1 }
})
export type EinjInject = Static<typeof einjInject.data>

export const einjTypes = message({
  type: 'einj.types',
  to: 'firmware',
  method: 'GET',
  path: `${M}/einj`,
  summary: 'GET_ERROR_TYPE: the error types that can be injected, as bits and by name',
  data: closed({}),
  reply: closed({
    errorType: Type.Integer({ ...U32, description: 'the bits, as the action answers them' }),
    types: Type.Array(closed({ type: Type.Integer(U32), name: Type.String() })),
    availableErrorType: Type.String({ description: 'as /sys/kernel/debug/apei/einj/available_error_type reads' })
  }),
  example: {}
})

export const einjInjectHost = message({
  type: 'einj.inject',
  to: 'host-kernel',
  method: 'POST',
  path: `${M}/einj`,
  summary: "Error injection as debugfs has it: values in the driver's files, and a write to error_inject",
  description:
    'What is left out is 0, as in files that nobody has written: without flags the parameters mean what they meant before ACPI 5.0. The driver refuses with EINVAL a type that is not available, unknown flags, and of a memory error a mask of more than a page or a target that is not System RAM; the rest is firmware’s to take or refuse.',
  data: closed({
    ...EINJ_REQUEST,
    notrigger: notrigger('1: plant it, let software consume it; 0 or absent: triggered')
  }),
  reply: closed({ errno: Type.Literal(0) }),
  example: { type: 16, flags: 0, param1: '0x48001000', param2: '0xfffffffffffff000', notrigger: 1 }
})

export const einjTypesHost = message({
  type: 'einj.types',
  to: 'host-kernel',
  method: 'GET',
  path: `${M}/einj`,
  summary: 'available_error_type of the EINJ driver: the bits, and the text of the file',
  data: closed({}),
  reply: einjTypes.reply,
  example: {}
})
