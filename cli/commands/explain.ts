import { define, GROUP } from '../define.ts'
import { formatOption, offered, outOption } from '../options.ts'

const KINDS = [
  'term',
  'esr',
  'notification',
  'signal',
  'memory-failure',
  'profile',
  'policy',
  'kernel',
  'action',
  'decision-rule',
  'step',
  'event',
  'problem',
  'rule'
]

export const explain = define(
  'explain',
  {
    group: GROUP.about,
    summary: 'explain a syndrome, a notification, a signal, a VMM, a kernel, a rule or whatever else has a name here',
    description: `Explains what a value or a name stands for, and what Linux, KVM and VMMs do about it in this model:
  a word of the glossary  GHES, UER
  a syndrome              0x96000410
  a notification          SEA, SEI, GPIO, GSIV, polled
  a signal                BUS_MCEERR_AR
  memory_failure()        Recovered, "dirty LRU page"
  a VMM, a kernel         profile qemu-11.0, kernel 6.1
  a policy, its answer    morse, inject-sea
  what a journal has      apei.notify, ghes.armed
  a problem               kernel-panicked
  a rule of the model     memoryFailure, or as the kernel calls it: do_sea
What several things are called is explained of each, unless the kind stands before it.`,
    examples: [
      'seabus explain 0x96000410',
      'seabus explain SEI',
      'seabus explain profile qemu-11.0',
      'seabus explain do_sea',
      'seabus explain kernel 6.1 --format json'
    ],
    options: [formatOption(['text', 'json']), outOption()]
  },
  async () => (await import('../actions/explain.ts')).explainCommand
).addArgument(offered('<name...>', 'a value or a name; a kind may stand before it', KINDS))
