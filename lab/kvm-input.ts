import { inputField, optionalRecordIn, sourceOf } from './input-fields.ts'
import { addressIn, fieldOf, optionalObject } from './json-fields.ts'
import { parseVmmArguments } from './kvm-arguments.ts'
import type { KvmRecording } from './kvm-programs.ts'
import { NoRecording, type Recording } from './recording.ts'

/** Fields of the monitor's lines that are numbers. */
const NUMBERS = ['pid', 'tid', 'va', 'pa', 'gpa', 'dev_va'] as const

/**
 * A recording of the KVM monitor, which has its command line; undefined when it is of another program. Throws
 * NoRecording for a field that is not what it should be.
 */
export function parseKvmRecording({ qemu, input }: Recording): KvmRecording | undefined {
  const { vmm } = input
  if (vmm === undefined) return undefined
  if (typeof vmm !== 'string') throw new NoRecording(`input.vmm: ${JSON.stringify(vmm)} is not a command line`)
  parseVmmArguments(vmm)
  sourceOf(input)
  optionalRecordIn(inputField(input, 'cper'))
  addressIn(inputField(input, 'abort_pa'), 0n)
  const setup = optionalObject(inputField(input, 'setup')) ?? {}
  for (const field of [
    inputField(input, 'ready'),
    fieldOf(setup, 'input.setup', 'ready'),
    fieldOf(setup, 'input.setup', 'thread')
  ]) {
    const line = optionalObject(field) ?? {}
    for (const name of NUMBERS) addressIn(fieldOf(line, field.name, name), 0n)
  }
  return { ...(qemu === undefined ? {} : { qemu }), input: { ...input, vmm } }
}
