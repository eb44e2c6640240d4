import t from 'tap'
import { createKernel } from '../../../shared/linux/kernel/create.ts'
import type { Kernel, Process, Vma } from '../../../shared/linux/kernel/state.ts'
import { createProcess, endProcess, taskCount } from '../../../shared/linux/kernel/task.ts'
import { mmapFixed } from '../../../shared/linux/mm/vma.ts'
import { ENOMEM } from '../../../shared/linux/kernel/errno.ts'

const PLATFORM: Kernel['platform'] = {
  now: 0,
  readPhysical: () => undefined,
  writePhysical: () => undefined,
  invalidate: () => undefined,
  signal: () => undefined,
  event: () => undefined
}
const kernel = (): Kernel => ({ ...createKernel({}), platform: PLATFORM })

void t.test('of processes that have ended those made last are remembered', (t) => {
  const k = kernel()
  createProcess(k, { pid: 1, comm: 'init' })
  for (let pid = 2; pid < 2000; pid++) {
    createProcess(k, { pid, comm: 'task' })
    endProcess(k, pid, 0)
  }
  t.equal(k.processes.size, 1025)
  t.equal(taskCount(k), 1)
  t.equal(k.processes.has(1), true)
  t.equal(k.processes.has(975), false)
  t.match(k.processes.get(976), { state: 'dead' })
  t.end()
})

void t.test('a process over vm.max_map_count gets no further mapping', (t) => {
  const k = kernel()
  const one: Vma = {
    virtual: 0n,
    physical: 0n,
    length: 0x1000n,
    backing: 'pfnmap',
    dirty: true,
    mlocked: false,
    pinned: false
  }
  const process: Process = createProcess(k, {
    pid: 1,
    comm: 'maps',
    vmas: Array.from({ length: 65_530 }, (_, n) => ({ ...one, virtual: 0x2000n * BigInt(n) }))
  })
  const at = 0x7f00_0000_0000n
  t.equal(mmapFixed(k, process.pid, at, 0x1000n, 'anonymous'), 0, 'Linux lets one more in than the sysctl says')
  t.equal(mmapFixed(k, process.pid, at + 0x4000n, 0x1000n, 'anonymous'), -ENOMEM)
  t.end()
})
