import { memoryAccess } from '../../../shared/contracts/hardware.ts'
import { processAccess, processCreate } from '../../../shared/contracts/host-kernel.ts'
import type { LayerRules } from '../conform-layer.ts'
import { playFirmware } from './firmware-memory.ts'
import { APEI_CHECKS } from './host-kernel-apei.ts'
import { END_CHECKS } from './host-kernel-ends.ts'
import { KVM_CHECKS } from './host-kernel-kvm.ts'
import { NOTIFIED_CHECKS } from './host-kernel-notified.ts'

/** Threads that access memory, one for each message: a thread whose access is under way would hold the next one up. */
const PID = 700
const THREADS = [1, 2, 3]
const HOST_VIRTUAL = 0xffff_9a80_0000n

/** What the contract asks of a host kernel: APEI and memory_failure(), processes, and KVM. */
export const HOST_KERNEL_RULES: LayerRules = {
  layer: 'host-kernel',
  checks: [...APEI_CHECKS, ...NOTIFIED_CHECKS, ...KVM_CHECKS, ...END_CHECKS],
  surroundings: playFirmware,
  effective: {
    async prepare(scene) {
      await scene.ask(processCreate, {
        pid: PID,
        comm: 'threads',
        threads: THREADS.map((n) => ({ tid: PID + n })),
        mappings: [{ hostVirtual: HOST_VIRTUAL, length: 0x1000n, backing: 'anonymous' }]
      })
    },
    message: processAccess,
    data: (n) => ({
      pid: PID,
      tid: PID + n,
      hostVirtual: `0x${(HOST_VIRTUAL + BigInt(n) * 8n).toString(16)}`,
      access: 'load'
    }),
    effect: memoryAccess,
    belongsTo: (effect, n) => (effect as { tid?: number }).tid === PID + n
  }
}
