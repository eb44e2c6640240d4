import t from 'tap'
import { runAsFarAsItGoes } from '../../cli/scenario/in-process.ts'
import { readScenario } from '../../shared/scenario/read-scenario.ts'
import { hopsOf, type Hop } from '../../shared/story/hops.ts'

const TWO_VMS = `seabus: 1
title: Two VMs lose a page each, at the same address of theirs
vms:
  - name: vm0
    tasks: [redis]
  - name: vm1
    tasks: [nginx]
steps:
  - touch: redis
  - touch: nginx
  - poison: redis
  - touch: redis
  - poison: nginx
  - touch: nginx
`

async function hopsIn(text: string): Promise<readonly Hop[]> {
  const read = readScenario(text, 'hops')
  if (read.errors !== undefined) throw new Error(JSON.stringify(read.errors))
  return hopsOf((await runAsFarAsItGoes(read.scenario, {})).journal)
}

void t.test('what two VMs and their guests are told at the same address is told of each', async (t) => {
  const hops = await hopsIn(TWO_VMS)
  const told = hops.map(({ by, whom, party, entries }) => [by, whom, party, entries.length])

  for (const [vm, task] of [
    ['vm0', 'redis'],
    ['vm1', 'nginx']
  ] as const) {
    for (const hop of [
      ['BUS_MCEERR_AO', `the VMM of ${vm}`, `vm/${vm}`, 1],
      ['inject-sea', `the VMM of ${vm}`, `vm/${vm}`, 1],
      ['SEA', `the guest kernel of ${vm}`, `guest/${vm}`, 1],
      ['BUS_MCEERR_AR', task, `task/${vm}/${task}`, 1]
    ]) {
      t.strictSame(
        told.filter((one) => JSON.stringify(one) === JSON.stringify(hop)),
        [hop]
      )
    }
  }
  const faults = hops.filter(({ whom }) => whom === 'KVM')
  t.strictSame(
    faults.map(({ by, vm, addresses, entries }) => [by, vm, addresses[1]?.address, entries.length]),
    [
      ['stage-2-fault', 'vm0', '0x40001000', 1],
      ['stage-2-fault', 'vm1', '0x40001000', 1]
    ],
    'KVM meets the page of each'
  )
})

void t.test('where there is one VM, nobody asks whose guest is meant', async (t) => {
  const hops = await hopsIn(
    TWO_VMS.replace('  - name: vm1\n    tasks: [nginx]\n', '').replaceAll(/ {2}- .*nginx\n/g, '')
  )

  for (const whom of ['the VMM', 'the guest kernel', 'redis'])
    t.ok(
      hops.some((hop) => hop.whom === whom),
      whom
    )
})
