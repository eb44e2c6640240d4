import { call, serve, type Urls } from './serve.ts'

interface Access {
  readonly vm?: string
  readonly vcpu?: number
  readonly virtual: string
  readonly physical: string
}
interface Range {
  readonly guestPhysical: string
  readonly hostPhysical: string
  readonly length: string
}

const LINE = 64n
const PAGE = 0x1000n
const hex = (value: bigint) => `0x${value.toString(16)}`
const lineOf = (address: bigint) => address - (address % LINE)

/** Memory with one core in front of it: stage 2, poisoned lines, and SErrors to firmware. One machine, one VM. */
export function hardware(urls: Urls) {
  const pages = new Map<bigint, bigint>()
  const poisoned = new Set<bigint>()
  /** The access under way, and the line that its last execution fell over. */
  let current: { access: Access; fell: bigint | undefined } | undefined

  async function execute(machine: string, access: Access): Promise<void> {
    const physical = BigInt(access.physical)
    const page = pages.get(physical / PAGE)
    const line = page === undefined ? undefined : lineOf(page * PAGE + (physical % PAGE))
    const isBad = line !== undefined && poisoned.has(line)
    if (isBad && current?.access === access && current.fell === line) return
    current = { access, fell: isBad ? line : undefined }
    const at = `/v1/machines/${machine}`
    if (line === undefined) {
      const guestPhysical = hex(physical - (physical % PAGE))
      const fault = { exception: 'stage-2-fault', el: 2, esr: '0x92000007', far: access.virtual, guestPhysical }
      await call(urls['host-kernel'], 'POST', `${at}/exceptions`, { ...fault, interrupted: access })
    } else if (isBad) {
      const record = { status: '0xe4300012', hostPhysical: hex(line), kind: 'memory', severity: 'recoverable' }
      const serror = { exception: 'SError', el: 3, esr: '0xbe000c11', interrupted: access, record }
      await call(urls.firmware, 'POST', `${at}/exceptions`, serror)
    } else {
      const { vm, vcpu } = access
      current = undefined
      await call(urls.guest, 'POST', `${at}/vms/${vm}/vcpus/${vcpu}/completions`, { access })
    }
  }
  const again = async (machine: string) => {
    if (current !== undefined) await execute(machine, current.access)
    return {}
  }
  const range = ({ guestPhysical, length }: Omit<Range, 'hostPhysical'>) => {
    const first = BigInt(guestPhysical) / PAGE
    return Array.from({ length: Number(BigInt(length) / PAGE) }, (_, i) => first + BigInt(i))
  }
  return serve({
    'POST /v1/machines/:machine/errors': (_, { hostPhysical }: { hostPhysical: string }) =>
      void poisoned.add(lineOf(BigInt(hostPhysical))),
    'POST /v1/machines/:machine/accesses': async ({ machine = '' }, access: Access) => {
      await execute(machine, access)
      return undefined
    },
    'POST /v1/machines/:machine/exception-returns': ({ machine = '' }) => again(machine),
    'POST /v1/machines/:machine/vms/:vm/stage2/maps': (_, map: Range) => {
      for (const [i, page] of range(map).entries()) pages.set(page, BigInt(map.hostPhysical) / PAGE + BigInt(i))
      return {}
    },
    'POST /v1/machines/:machine/vms/:vm/stage2/unmaps': ({ machine = '' }, unmap: Omit<Range, 'hostPhysical'>) => {
      for (const page of range(unmap)) pages.delete(page)
      return again(machine)
    }
  })
}
