import { ARM_CONTEXT_TYPE, type ArmContext } from './arm-context.ts'
import { viewOf } from './bytes.ts'
import { FormatError, requireFits } from './format-error.ts'
import type { Layout } from './layout.ts'

interface RegisterList {
  readonly name: string
  /** Bytes of one register. */
  readonly width: 4 | 8
  readonly registers: readonly string[]
}

const words = (text: string): readonly string[] => text.split(' ')
const numbered = (letter: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${letter}${i}`)

/** Register Context Type: its registers in order. */
const LAYOUTS: ReadonlyMap<number, RegisterList> = new Map<number, RegisterList>([
  [ARM_CONTEXT_TYPE.aarch32Gpr, { name: 'AArch32 GPR', width: 4, registers: [...numbered('r', 13), 'sp', 'lr', 'pc'] }],
  [
    ARM_CONTEXT_TYPE.aarch32El1,
    {
      name: 'AArch32 EL1',
      width: 4,
      registers: words(
        'dfar dfsr ifar isr mair0 mair1 midr mpidr nmrr prrr sctlr_ns spsr spsr_abt spsr_fiq spsr_irq spsr_svc ' +
          'spsr_und tpidrprw tpidruro tpidrurw ttbcr ttbr0 ttbr1 dacr'
      )
    }
  ],
  [
    ARM_CONTEXT_TYPE.aarch32El2,
    {
      name: 'AArch32 EL2',
      width: 4,
      registers: words(
        'elr_hyp hamair0 hamair1 hcr hcr2 hdfar hifar hpfar hsr htcr htpidr httbr spsr_hyp vtcr vttbr dacr32_el2'
      )
    }
  ],
  [ARM_CONTEXT_TYPE.aarch32Secure, { name: 'AArch32 secure', width: 4, registers: words('sctlr_s spsr_mon') }],
  [ARM_CONTEXT_TYPE.aarch64Gpr, { name: 'AArch64 GPR', width: 8, registers: [...numbered('x', 31), 'sp'] }],
  [
    ARM_CONTEXT_TYPE.aarch64El1,
    {
      name: 'AArch64 EL1',
      width: 8,
      registers: words(
        'elr esr far isr mair midr mpidr sctlr sp_el0 sp_el1 spsr tcr tpidr_el0 tpidr_el1 tpidrro_el0 ttbr0 ttbr1'
      )
    }
  ],
  [
    ARM_CONTEXT_TYPE.aarch64El2,
    {
      name: 'AArch64 EL2',
      width: 8,
      registers: words('elr esr far hacr hcr hpfar mair sctlr sp spsr tcr tpidr ttbr0 vtcr vttbr')
    }
  ],
  [
    ARM_CONTEXT_TYPE.aarch64El3,
    { name: 'AArch64 EL3', width: 8, registers: words('elr esr far mair sctlr sp spsr tcr tpidr ttbr0') }
  ]
])

/** One register: what it is called and what it held. */
export interface ArmRegister {
  readonly name: string
  readonly value: bigint
}

/** What a register context type is called, undefined when it is reserved. */
export function armContextName(type: number): string | undefined {
  return type === ARM_CONTEXT_TYPE.miscSystemRegister ? 'misc system register' : LAYOUTS.get(type)?.name
}

const MISC_ENCODING_SIZE = 2
const MISC_SIZE = 10

/** Where the registers of a context type lie in its array, undefined when the type is reserved. */
export function armContextLayout(type: number): Layout | undefined {
  if (type === ARM_CONTEXT_TYPE.miscSystemRegister) return { encoding: [0, 'u16'], value: [MISC_ENCODING_SIZE, 'u64'] }
  const list = LAYOUTS.get(type)
  return (
    list &&
    Object.fromEntries(
      list.registers.map((name, i) => [name, [list.width * i, list.width === 4 ? 'u32' : 'u64'] as const])
    )
  )
}

/** Name of a system register by its MRS encoding: op2 2:0, CRm 6:3, CRn 10:7, op1 13:11, o0 15:14. */
export function systemRegisterName(encoding: number): string {
  const field = (shift: number, width: number): number => (encoding >> shift) & ((1 << width) - 1)
  return `s${field(14, 2)}_${field(11, 3)}_c${field(7, 4)}_c${field(3, 4)}_${field(0, 3)}`
}

/**
 * Registers of a context, as many as its array holds whole; what follows the last register of the type is left out.
 * Undefined when the type is reserved. Throws FormatError when a misc system register has less than 10 bytes.
 *
 * Spec: UEFI 2.10, N.2.4.4.2.
 * Fidelity: exact.
 * No interface reaches it: tests and the replay of recordings use it.
 */
export function armContextRegisters(context: ArmContext): readonly ArmRegister[] | undefined {
  const view = viewOf(context.registers)
  if (context.type === ARM_CONTEXT_TYPE.miscSystemRegister) {
    if (view.byteLength < MISC_SIZE)
      throw new FormatError('a misc system register is 10 bytes', 0, `${view.byteLength}`)
    return [{ name: systemRegisterName(view.getUint16(0)), value: view.getBigUint64(MISC_ENCODING_SIZE) }]
  }
  const layout = LAYOUTS.get(context.type)
  if (layout === undefined) return undefined
  const { width, registers } = layout
  return registers.slice(0, Math.floor(view.byteLength / width)).map((name, i) => ({
    name,
    value: width === 4 ? BigInt(view.getUint32(4 * i)) : view.getBigUint64(8 * i)
  }))
}

/**
 * A context of natural size; registers not named are 0. Throws FormatError for a type without a list of registers, a
 * register that the type does not have, or a value that does not fit.
 */
export function armContext(type: number, values: Readonly<Record<string, bigint>>): ArmContext {
  const layout = LAYOUTS.get(type)
  if (layout === undefined)
    throw new FormatError('register context types 0 to 7 have a list of registers', 0, `${type}`)
  const { width } = layout
  const registers = new Uint8Array(width * layout.registers.length)
  const view = viewOf(registers)
  for (const [name, value] of Object.entries(values)) {
    const index = layout.registers.indexOf(name)
    if (index < 0) throw new FormatError(`${layout.name} has no register ${name}`, 0)
    requireFits(value, 8 * width, width * index, name)
    if (width === 4) view.setUint32(4 * index, Number(value))
    else view.setBigUint64(8 * index, value)
  }
  return { version: 0, type, registers }
}
