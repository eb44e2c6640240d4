import type { Severity } from '../../shared/contracts/common.ts'
import { EINJ_ERROR_TYPE } from '../../shared/formats/einj.ts'

export type EinjComponent = 'processor' | 'memory' | 'pcie' | 'platform' | 'cxl' | 'vendor'

export interface EinjType {
  readonly component: EinjComponent
  readonly severity: Severity
}

/**
 * What each error type bit asks for. Processor, memory and PCIe errors can be injected here.
 *
 * Spec: ACPI 6.5, 18.6.4 (error types).
 * Fidelity: omits platform, CXL and vendor defined errors and EINJv2, whose requests are refused.
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

/** Components whose errors this firmware can make. */
const MODELLED: readonly EinjComponent[] = ['processor', 'memory', 'pcie']

/** What GET_ERROR_TYPE answers. */
export const OFFERED = [...EINJ_TYPES]
  .filter(([, { component }]) => MODELLED.includes(component))
  .reduce((offered, [bit]) => offered | bit, 0)
