import type { DataOf } from '../../../shared/contracts/message.ts'
import type { vmInjectError } from '../../../shared/contracts/vmm.ts'
import { qmpNothingDone } from '../../../shared/contracts/notes/vmm-errors.ts'
import type { Answering, Said } from '../../../shared/model/io.ts'
import { isGhesPresent } from './ghes-present.ts'
import { raiseErrorInterrupt } from '../calls.ts'
import { PROFILES } from '../profiles.ts'
import type { Vm } from '../state.ts'
import { writeBlock } from './write-record.ts'

/** ACPI_GHES_NOTIFY_GPIO's source id. An old machine type has no such source, and does not look at the id. */
const QMP_SOURCE = { source: 1, notify: 'GPIO' } as const

/**
 * QMP inject-ghes-v2-error: the bytes go into the source as they are, then the GED's interrupt tells the guest. Before
 * guest firmware has run it succeeds and does nothing; with an old machine type the bytes land in the SEA source, which
 * nobody is told to read.
 *
 * Spec: QEMU 10.2 hw/acpi/ghes_cper.c, qmp_inject_ghes_v2_error; hw/acpi/ghes.c, ghes_record_cper_errors; hw/arm/virt.c,
 * virt_generic_error_req.
 * Fidelity: exact for what is written where; texts are paraphrased.
 */
export function injectGhesV2Error(
  vm: Vm,
  { cper }: DataOf<typeof vmInjectError>,
  io: Answering<typeof vmInjectError>
): readonly [Said, Vm] {
  if (!PROFILES[vm.profile].qmpInject) io.refuse('request-unsupported', `${vm.profile} has no inject-ghes-v2-error`)
  if (vm.run !== 'running') io.refuse('vm-state', `VM ${vm.name} is ${vm.run}`)
  if (!isGhesPresent(vm)) {
    io.note(qmpNothingDone, { vm: vm.name, because: 'there is no GHES yet, and that is no error to QMP' })
    return [io.answer({ return: {} }), vm]
  }
  const bytes = decoded(cper)
  if (bytes === undefined) return failed(vm, 'the CPER is no valid base64', io)
  const written = writeBlock(vm, QMP_SOURCE, bytes, io)
  if ('error' in written) return failed(vm, written.error, io)
  return [io.answer({ return: {} }), raiseErrorInterrupt(written.vm, io)]
}

function failed(vm: Vm, desc: string, io: Answering<typeof vmInjectError>): readonly [Said, Vm] {
  return [io.answer({ error: { class: 'GenericError', desc } }), vm]
}

function decoded(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(base64, { lastChunkHandling: 'strict' })
  } catch {
    return undefined
  }
}
