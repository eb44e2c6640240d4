import { readFileSync } from 'node:fs'
import t from 'tap'
import { explainCommand } from '../../cli/actions/explain.ts'
import { explain } from '../../cli/commands/explain.ts'
import { fatesWith } from '../../cli/explain/fates.ts'
import { SUBJECTS } from '../../cli/explain/subjects.ts'
import { PROFILES } from '../../services/vmm/profiles.ts'
import { NOTIFICATIONS } from '../../shared/contracts/common.ts'
import { knobsOf } from '../../shared/linux/profile.ts'

const said = async (...words: string[]) => (await explainCommand({}, words)).output
const json = async (...words: string[]): Promise<unknown> =>
  JSON.parse((await explainCommand({ format: 'json' }, words)).output)

void t.test('a syndrome is explained with what Linux and KVM do with the exception', async (t) => {
  const sea = await said('0x96000410')
  const fromGuest = await said('0x92000010')
  const serror = await said('0xbe000c11')

  t.match(sea, /^0x96000410 \(esr\): synchronous external abort\n[^]*fsc +0x10/)
  t.match(sea, /Linux +"synchronous external abort", goes to do_sea\(\); .* SIGBUS BUS_OBJERR/)
  t.match(sea, /KVM +is not concerned/)
  t.match(fromGuest, /KVM +kvm_handle_guest_sea\(\)/)
  t.match(serror, /^0xbe000c11 \(esr\): an SError that Linux judges FATAL-TO-CONTEXT\n[^]*Linux +panics\n/)
  t.match(serror, /KVM +taken while a guest runs: the guest gets a virtual SError/)
  t.match(await said('0x92000013'), /6\.1\.192: "unknown 19".*\n.*7\.3\.4: "level -1 \(translation table walk\)"/)
})

void t.test(
  'a notification is explained with who takes it, how it is acknowledged, and who has such sources',
  async (t) => {
    t.match(
      await said('notification', 'sea'),
      /taken by +apei_claim_sea\(\)[^]*ack +ghes_ack_error\(\)[^]*source 0 of a new machine/
    )
    t.match(await said('notification', 'SEI'), /Linux +on arm64 refuses such a source[^]*Unknown notification type: 9/)
    t.match(
      await said('GPIO-Signal'),
      /^GPIO \(notification\)[^]*ghes_notify_hed\(\)[^]*guests +of reference, qemu-10\.2, qemu-11\.0/
    )
    for (const name of NOTIFICATIONS)
      t.match(await json('notification', name), { kind: 'notification', data: { name } })
  }
)

void t.test('a signal is explained with who sends it and what each policy answers', async (t) => {
  const required = await said('BUS_MCEERR_AR')

  t.match(required, /si_code +4 of SIGBUS\n +comes from +kill_proc\(\)[^]*kvm_send_hwpoison_signal\(\)/)
  t.match(required, /policies +morse: inject-sea, because [^]*sei: inject-serror[^]*kvmtool: kill-vmm/)
  t.match(await said('ar'), required)
  t.match(await said('KVM_EXIT_ARM_SEA'), /KVM_CAP_ARM_SEA_TO_USER[^]*sea-exit: inject-sea/)
})

void t.test('a word of the glossary is explained as that has it, and every one of them is', async (t) => {
  const glossary = readFileSync(new URL('../../docs/glossary.md', import.meta.url), 'utf8')
  const lines = glossary.split('\n').filter((line) => /^\| (?!term |-)/.test(line))
  const words = SUBJECTS.find(({ kind }) => kind === 'term')?.names() ?? []

  t.match(
    await said('term', 'ipa'),
    /^GPA, IPA \(term\): where the guest takes its memory to be; guestPhysical\n\n +stands for +guest-physical/
  )
  t.match(await said('term', 'poison'), /^poison \(term\): data that is known to be wrong/)
  t.match(await said('term', 'PFN'), /in the model +shared\/linux\/mm\/memory-failure\.ts$/)
  t.ok(lines.length > 20 && words.length >= lines.length, `${words.length} words on ${lines.length} lines`)
})

void t.test('an action is explained with the rules that it is held against, and who answers with it', async (t) => {
  const sea = await said('inject-sea')

  t.match(sea, /^inject-sea \(action\): a synchronous external abort into the vCPU/)
  t.match(sea, /rules +sea-needs-a-faulting-vcpu-access: .*\n +record-fits-its-source: /)
  t.match(sea, /policies +BUS_MCEERR_AR: morse,.*\n/)
  t.match(sea, /without an answer +BUS_MCEERR_AR in RAM of the guest, KVM_EXIT_ARM_SEA$/m)
  t.match(
    await said('remap-needs-guest-ram'),
    /^remap-needs-guest-ram \(decision-rule\): remap needs an address in RAM/
  )
})

void t.test('a result and a page type of memory_failure() are explained by the pages that end so', async (t) => {
  t.match(await said('Delayed'), /pages +dirty swapcache page: dirty swap-cache$/m)
  t.match(
    await said('dirty LRU page'),
    /pages +Recovered: dirty anonymous,.*\n +Failed: dirty shmem that somebody still holds/
  )
  t.match(await said('get hwpoison page'), /Ignored \(6\.12\.95, 6\.12\.117\): a frame that is reserved/)
})

void t.test('a VMM is explained by every field of its profile, and by what becomes of errors with it', async (t) => {
  const qemu = await said('profile', 'qemu-11.0')
  const told = (await json('profile', 'qemu-11.0')) as { data: { death: unknown; fates: { cell: string }[] } }

  t.match(qemu, /QEMU 11\.0 virt.*\n[^]*how it dies +exit\(1\)\n[^]*error sources of the guest +0 SEA, 1 GPIO\n/)
  t.match(qemu, /last record not acknowledged +the VMM is over/)
  t.same(told.data.death, PROFILES['qemu-11.0'].death)
  t.same(told.data.fates, await fatesWith({ vmm: 'qemu-11.0' }))
  t.match(await said('profile', 'kvmtool'), /The guest is told by SEA.*: the VMM was killed by/)
})

void t.test('a kernel is explained by what kernels differ in, and who has it otherwise', async (t) => {
  const old = await said('kernel', '6.1')
  const told = (await json('kernel', '7.3')) as { data: { knobs: { knob: string; setting: unknown }[] } }

  t.match(old, /^6\.1 \(kernel\): Linux 6\.1\.192, for which 6\.1 is short/)
  t.match(old, /KVM_CAP_ARM_SEA_TO_USER exists: no \(7\.3\.4: yes\)/)
  t.equal(told.data.knobs.length, knobsOf('7.3').length)
  t.match(
    told.data.knobs.find(({ knob }) => knob === 'seaToUser'),
    { setting: true }
  )
  t.match(await said('kernel', 'v6.12.95'), /An identical SEA record .*: yes \(6\.12\.117: no, 7\.3\.4: no\)/)
})

void t.test('every rule of docs/fidelity.json is found by its name', async (t) => {
  const rules = JSON.parse(readFileSync(new URL('../../docs/fidelity.json', import.meta.url), 'utf8')) as Record<
    string,
    { spec: string }
  >
  const subject = SUBJECTS.find(({ kind }) => kind === 'rule')

  for (const [rule, { spec }] of Object.entries(rules))
    t.match(await subject?.explain(rule), [{ facts: [{ says: spec }] }], rule)
  t.match(await said('do_sea'), /^doSea \(rule\): do_sea\(\): a synchronous external abort\. .* and the task dies\.$/m)
})

void t.test('everything that has a name is explained by it', async (t) => {
  for (const { kind, names } of SUBJECTS) {
    // Those of kernels and VMMs run scenarios: one of each is enough.
    const all = kind === 'kernel' || kind === 'profile' ? names().slice(0, 1) : names()
    for (const name of all) t.match(await json(kind, name), {}, `${kind} ${name}`)
  }
  t.match(await said('kernel-panicked'), /\(problem\): .*\n\n +status +409/)
  t.match(await said('step', 'poison'), /^poison \(step\): memory goes bad/)
  t.match(await said('apei.notify'), /^apei\.notify \(event\): message to host-kernel: /)
})

void t.test('the kinds that completion offers are those that there are', (t) => {
  t.same(
    explain.registeredArguments[0]?.argChoices,
    SUBJECTS.map(({ kind }) => kind)
  )
  t.end()
})

void t.test('a name that nothing has is one line, with the one that was meant', async (t) => {
  const refusals = [
    [['BUS_MCERR_AR'], 'seabus explain: nothing here is called BUS_MCERR_AR; did you mean BUS_MCEERR_AR?'],
    [['profile', 'qemu-11'], 'seabus explain: no profile is called qemu-11; did you mean qemu-11.0?'],
    [['profil', 'qemu-11.0'], 'seabus explain: there is no kind profil; did you mean profile?'],
    [
      ['what is this'],
      'seabus explain: nothing here is called what is this; seabus list and seabus fidelity have the names'
    ]
  ] as const
  for (const [words, message] of refusals) await t.rejects(explainCommand({}, words), { message })
})
