import type { Severity } from '../../shared/contracts/common.ts'
import { EINJ_ERROR_TYPE } from '../../shared/formats/einj.ts'

/** Flags of SET_ERROR_TYPE_WITH_ADDRESS: which of the other fields are valid. */
const EINJ_FLAG = { cpuId: 1 << 0, memoryAddressAndMask: 1 << 1, pcieSbdf: 1 << 2 } as const

export type EinjComponent = 'processor' | 'memory' | 'pcie' | 'platform' | 'cxl' | 'vendor'

export interface EinjType {
  readonly component: EinjComponent
  readonly severity: Severity
}

/**
 * What each error type bit asks for. Processor, memory and PCIe errors can be injected here.
 *
 * Spec: ACPI 6.5, 18.6.4 (error types).
 * Fidelity: omits platform, CXL and vendor defined errors, whose requests are refused.
 */
export const EINJ_TYPES: ReadonlyMap<number, EinjType> = new Map<number, EinjType>([
  [EINJ_ERROR_TYPE.processorCorrectable, { component: 'processor', severity: 'corrected' }],
  [EINJ_ERROR_TYPE.processorUncorrectableNonFatal, { component: 'processor', severity: 'recoverable' }],
  [EINJ_ERROR_TYPE.processorUncorrectableFatal, { component: 'processor', severity: 'fatal' }],
  [EINJ_ERROR_TYPE.memoryCorrectable, { component: 'memory', severity: 'corrected' }],
  [EINJ_ERROR_TYPE.memoryUncorrectableNonFatal, { component: 'memory', severity: 'recoverable' }],
  [EINJ_ERROR_TYPE.memoryUncorrectableFatal, { component: 'memory', severity: 'fatal' }],
  [EINJ_ERROR_TYPE.pcieCorrectable, { component: 'pcie', severity: 'corrected' }],
  [EINJ_ERROR_TYPE.pcieUncorrectableNonFatal, { component: 'pcie', severity: 'recoverable' }],
  [EINJ_ERROR_TYPE.pcieUncorrectableFatal, { component: 'pcie', severity: 'fatal' }],
  [EINJ_ERROR_TYPE.platformCorrectable, { component: 'platform', severity: 'corrected' }],
  [EINJ_ERROR_TYPE.platformUncorrectableNonFatal, { component: 'platform', severity: 'recoverable' }],
  [EINJ_ERROR_TYPE.platformUncorrectableFatal, { component: 'platform', severity: 'fatal' }],
  [EINJ_ERROR_TYPE.cxlCacheCorrectable, { component: 'cxl', severity: 'corrected' }],
  [EINJ_ERROR_TYPE.cxlCacheUncorrectableNonFatal, { component: 'cxl', severity: 'recoverable' }],
  [EINJ_ERROR_TYPE.cxlCacheUncorrectableFatal, { component: 'cxl', severity: 'fatal' }],
  [EINJ_ERROR_TYPE.cxlMemCorrectable, { component: 'cxl', severity: 'corrected' }],
  [EINJ_ERROR_TYPE.cxlMemUncorrectableNonFatal, { component: 'cxl', severity: 'recoverable' }],
  [EINJ_ERROR_TYPE.cxlMemUncorrectableFatal, { component: 'cxl', severity: 'fatal' }],
  [EINJ_ERROR_TYPE.vendorDefined, { component: 'vendor', severity: 'recoverable' }]
])

/** The flag that each component's request may carry, and the fields that come with it. */
export const EINJ_FIELDS: readonly {
  readonly component: EinjComponent
  readonly flag: number
  readonly name: string
  readonly fields: readonly ('param1' | 'param2' | 'param3' | 'param4')[]
  readonly required: boolean
}[] = [
  { component: 'processor', flag: EINJ_FLAG.cpuId, name: 'CPU id', fields: ['param3'], required: false },
  {
    component: 'memory',
    flag: EINJ_FLAG.memoryAddressAndMask,
    name: 'address and mask',
    fields: ['param1', 'param2'],
    required: true
  },
  { component: 'pcie', flag: EINJ_FLAG.pcieSbdf, name: 'PCIe SBDF', fields: ['param4'], required: true }
]
