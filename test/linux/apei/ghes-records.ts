import { encodeArmProcessorSection, type ArmProcessorSection } from '../../../shared/formats/arm-processor-section.ts'
import type { ArmErrorInfo } from '../../../shared/formats/arm-error-info.ts'
import type { ErrorDataEntry } from '../../../shared/formats/error-data-entry.ts'
import { SECTION_TYPE } from '../../../shared/formats/guid.ts'
import { apeiClaimSea, type ClaimResult } from '../../../shared/linux/apei/apei-claim-sea.ts'
import { ghesPoll } from '../../../shared/linux/apei/ghes-poll.ts'
import type { KernelSetup } from '../../../shared/linux/kernel/create.ts'
import { ghesMachine, section, SOURCE, VICTIM, type GhesMachine } from './ghes-machine.ts'

export const PA = 0x4800_0123n
export const PFN = 0x48000n
export const ACTION_REQUIRED = 2
export const SI_KERNEL = 128
/** What a consumer gets when nothing was queued for it: code, forced. */
export const KILLED = [[SI_KERNEL, true]]

export const CACHE_WITH_PA: ArmErrorInfo = { type: 0x02, physicalFaultAddress: PA }
export const BUS_WITH_PA: ArmErrorInfo = { type: 0x08, physicalFaultAddress: PA }

export const armSection = (errors: readonly ArmErrorInfo[], change: Partial<ArmProcessorSection> = {}): Uint8Array =>
  encodeArmProcessorSection({ midr: 0x414fd0c1n, errors, contexts: [], ...change })

export const arm = (errors: readonly ArmErrorInfo[], change: Partial<ErrorDataEntry> = {}): ErrorDataEntry =>
  section(SECTION_TYPE.processorArm, armSection(errors), change)

/** A SEA of user code with this record pending. */
export function sea(record: Uint8Array, setup: KernelSetup = {}): GhesMachine & { readonly result: ClaimResult } {
  const machine = ghesMachine(setup)
  machine.put(SOURCE.SEA, record)
  return Object.assign(machine, { result: apeiClaimSea(machine.k, VICTIM) })
}

/** A poll that finds this record. */
export function polled(record: Uint8Array, setup: KernelSetup = {}): GhesMachine {
  const machine = ghesMachine(setup)
  machine.put(SOURCE.POLLED, record)
  ghesPoll(machine.k, SOURCE.POLLED)
  return machine
}

/** Code and force of each signal. */
export const codes = ({ signals }: GhesMachine): [number, boolean][] =>
  signals.map(({ info, forced }) => [info.code, forced])

/** What the kernel said about firmware. */
export const warnings = (machine: GhesMachine): string[] =>
  machine.lines().filter((line) => line.startsWith('[Firmware'))
