import { call, serve, type Urls } from './serve.ts'

interface Task {
  readonly pid: number
  readonly comm: string
  readonly mappings: readonly { readonly guestVirtual: string; readonly guestPhysical: string }[]
}
interface Touch {
  readonly pid: number
  readonly guestVirtual: string
  readonly access: string
}
interface Entry {
  readonly pc: string
  readonly exception?: { readonly vector: number; readonly esr_el1: string; readonly far_el1: string }
}

const FROM_EL0_SYNCHRONOUS = 0x400
const USER_PC = '0x400c10'

/** A guest that kills the task which a synchronous abort came from, and has no error tables. One machine, one VM. */
export async function guest(urls: Urls) {
  const memory = new Map<bigint, Buffer>()
  const tasks = new Map<number, Task>()
  const told: string[] = []
  let current: Task | undefined

  const at = '/v1/machines/:machine/vms/:vm'
  const served = await serve({
    [`PUT ${at}`]: () => ({}),
    [`GET ${at}/memory/:address`]: ({ address = '', length }) => {
      const bytes = Buffer.alloc(Number(length))
      for (const [start, written] of memory) {
        const offset = Number(BigInt(address) - start)
        if (offset >= 0 && offset < written.length) written.copy(bytes, 0, offset)
      }
      return { bytes: bytes.toString('base64') }
    },
    [`PUT ${at}/memory/:address`]: ({ address = '' }, { bytes }: { bytes: string }) => {
      memory.set(BigInt(address), Buffer.from(bytes, 'base64'))
      return {}
    },
    [`POST ${at}/tasks`]: (_, task: Omit<Task, 'vm'>) => {
      tasks.set(task.pid, task)
      return {}
    },
    [`POST ${at}/tasks/:pid/accesses`]: async ({ machine, vm, pid }, { guestVirtual, access }: Touch) => {
      current = tasks.get(Number(pid))
      const mapping = current?.mappings.find((one) => BigInt(guestVirtual) - BigInt(one.guestVirtual) < 0x1000n)
      const physical = BigInt(mapping?.guestPhysical ?? 0) + (BigInt(guestVirtual) % 0x1000n)
      await call(urls.hardware, 'POST', `/v1/machines/${machine}/accesses`, {
        ...{ vm, vcpu: 0, el: 0, pc: USER_PC, pstate: '0x0', access },
        virtual: guestVirtual,
        physical: `0x${physical.toString(16)}`
      })
      return undefined
    },
    [`POST ${at}/vcpus/0/entries`]: (_, { exception }: Entry) => {
      if (exception?.vector !== FROM_EL0_SYNCHRONOUS || current === undefined) return undefined
      // ESR_EL1 as the kernel of the host left it; an ESR has 32 bits that count.
      const esr = BigInt.asUintN(32, BigInt(exception.esr_el1))
      told.push(`${current.comm} killed by 0x${esr.toString(16)} at ${exception.far_el1}`)
      tasks.delete(current.pid)
      return undefined
    },
    [`POST ${at}/vcpus/0/completions`]: () => void told.push(`${current?.comm} completed`),
    [`POST ${at}/vcpus/0/stops`]: () => undefined,
    [`POST ${at}/vcpus/0/interrupts`]: () => void told.push('interrupted')
  })
  return { ...served, told }
}
