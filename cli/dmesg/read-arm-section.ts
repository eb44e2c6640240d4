import {
  encodeArmProcessorHeader,
  encodeArmProcessorSection,
  type ArmProcessorSection
} from '../../shared/formats/arm-processor-section.ts'
import type { ArmErrorInfo } from '../../shared/formats/arm-error-info.ts'
import type { ArmContext } from '../../shared/formats/arm-context.ts'
import { ARM_FLAG_LINES, ARM_LINES } from '../../shared/linux/cper/cper-print-proc-arm.ts'
import { parseAny, type Values } from '../../shared/linux/cper/line-form.ts'
import { assume, type Assumption } from './assumption.ts'
import { dumpReader, type SectionReader } from './section-reader.ts'

const UNSHOWN = 'no line shows it'

/** What the lines of the header say; `size` and what follows are of a section that does not fit together. */
type Header = Values & {
  readonly midr?: bigint
  readonly size?: number
  readonly how?: string
  readonly sectionLength?: number
  readonly errorInfoCount?: number
}

/** A section whose counts and lengths do not fit each other: a header, and as many bytes as there were. */
function wrongSection(header: Header & { readonly midr: bigint }, size: number): ReturnType<SectionReader['finish']> {
  const { midr, sectionLength = 0, errorInfoCount = 0 } = header
  const payload = new Uint8Array(size)
  const bytes = encodeArmProcessorHeader({ midr, sectionLength, errorInfoCount, contextCount: 0, vendorValid: false })
  payload.set(bytes.subarray(0, size))
  const unshown = 'of a section that does not fit together no other line is printed'
  return {
    payload,
    assumptions: [
      assume('MPIDR, affinity level, running state', 'absent', unshown),
      assume('Context Info Num', '0', unshown),
      assume('bytes behind the header', 'zeros', unshown)
    ]
  }
}

interface InfoDraft {
  errors: number
  flags: number
  values: Values
}
interface ContextDraft {
  readonly type: number
  readonly dump: ReturnType<typeof dumpReader>
}

export interface ArmReaderOptions {
  readonly contextsAligned: boolean
}

/** The lines of an ARM processor section: a header, error information structures, contexts, bytes of the vendor's. */
export function armReader({ contextsAligned }: ArmReaderOptions): SectionReader {
  let header: Values = {}
  const infos: InfoDraft[] = []
  const contexts: ContextDraft[] = []
  let vendor: { readonly length: number; readonly dump: ReturnType<typeof dumpReader> } | undefined

  function takeInfo(info: InfoDraft, text: string): boolean {
    const flag = ARM_FLAG_LINES.find(([, line]) => line === text.trim())
    if (flag !== undefined) info.flags |= flag[0]
    const count = ARM_LINES.count.parse(text)
    if (count !== undefined) info.errors = Number(count['errors'])
    const values = parseAny(
      [ARM_LINES.type.bitmask, ARM_LINES.type.enumeration, ARM_LINES.word, ...ARM_LINES.addresses],
      text
    )
    info.values = { ...info.values, ...values }
    return flag !== undefined || count !== undefined || values !== undefined
  }

  return {
    take(text) {
      if (vendor?.dump.take(text, vendor.length) === true) return true
      const tail = ARM_LINES.vendor.parse(text)
      if (tail !== undefined) {
        vendor = { length: Number(tail['length']), dump: dumpReader() }
        return true
      }
      if (ARM_LINES.contextStart.parse(text) !== undefined) return true
      const context = ARM_LINES.context.parse(text)
      if (context !== undefined) {
        contexts.push({ type: Number(context['type']), dump: dumpReader() })
        return true
      }
      if (contexts.at(-1)?.dump.take(text) === true) return true
      if (ARM_LINES.infoStart.parse(text) !== undefined) {
        infos.push({ errors: 1, flags: 0, values: {} })
        return true
      }
      const info = infos.at(-1)
      if (info !== undefined && takeInfo(info, text)) return true
      const values = parseAny([ARM_LINES.midr, ...ARM_LINES.header, ...ARM_LINES.wrong], text)
      if (values !== undefined) header = { ...header, ...values }
      return values !== undefined
    },
    finish() {
      const { midr = 0n, size, ...fields } = header as Header
      if (size !== undefined) return wrongSection({ ...fields, midr }, size)
      const section: ArmProcessorSection = {
        ...fields,
        midr,
        errors: infos.length === 0 ? [{ type: 0 }] : infos.map(errorInfo),
        contexts: contexts.map(armContext),
        contextStride: contextsAligned ? 'aligned' : 'packed',
        ...(vendor === undefined ? {} : { vendor: vendor.dump.bytes(vendor.length).bytes })
      }
      return { payload: encodeArmProcessorSection(section), assumptions: assumptions(infos, contexts, vendor) }
    }
  }
}

function errorInfo({ errors, flags, values }: InfoDraft): ArmErrorInfo {
  const { type = 0, ...fields } = values as Values & { readonly type?: number }
  return { ...fields, type, multipleError: errors - 1, ...(flags === 0 ? {} : { flags }) }
}

const armContext = ({ type, dump }: ContextDraft): ArmContext => ({ version: 0, type, registers: dump.bytes().bytes })

function assumptions(
  infos: readonly InfoDraft[],
  contexts: readonly ContextDraft[],
  vendor: { readonly length: number; readonly dump: ReturnType<typeof dumpReader> } | undefined
): readonly Assumption[] {
  const missing = vendor?.dump.bytes(vendor.length).missing ?? 0
  return [
    ...(infos.length === 0
      ? [assume('Error Information structures', 'one that is empty', 'the excerpt has none, and a section has one')]
      : [assume('Multiple Error', 'valid', 'its line is printed whether it is or not')]),
    ...(infos.some(({ flags }) => flags === 0) ? [assume('Flags', 'absent', 'flags of 0 print nothing either')] : []),
    ...(contexts.length === 0 ? [] : [assume('Version of the contexts', '0', UNSHOWN)]),
    ...(missing === 0
      ? []
      : [assume('vendor bytes', `${missing} bytes are zeros`, 'their rows are not in the excerpt')])
  ]
}
