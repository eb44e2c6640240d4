import t from 'tap'
import { LINUX_VERSIONS } from '../../shared/contracts/common.ts'
import { hestInstall } from '../../shared/contracts/firmware.ts'
import { hostBoot } from '../../shared/contracts/host-kernel.ts'
import { hestNotification, NOTIFY } from '../../shared/formats/hest-notification.ts'
import { decodeHest, encodeHest, isGhes } from '../../shared/formats/hest.ts'
import { MODELS } from '../../services/layers.ts'
import { defaultHest } from '../../services/firmware/default-hest.ts'
import { MachineRoom } from '../../shared/machine-room/in-process.ts'
import { systemOfRoom } from '../../shared/machine-room/system.ts'
import { quietBoots } from '../../shared/trace/boot-lines.ts'
import { narrate } from '../../shared/trace/narrate.ts'

const bootsOf = (lines: readonly string[]) => lines.filter((line) => /boots: |GHES|HEST: /.test(line))

async function started() {
  const system = systemOfRoom(new MachineRoom(MODELS, { machines: [] }))
  await system.createMachine('m0')
  return { system, journal: () => system.journal('m0') }
}

for (const linux of LINUX_VERSIONS) {
  void t.test(`the sources that ${linux} refuses of the machine's own table are one line`, async (t) => {
    const { system, journal } = await started()
    await system.tell('m0', hostBoot, { linux })
    await system.settle('m0')
    const all = await journal()

    t.match(bootsOf(narrate(all, { foldsBoots: true })), [
      /boots: 5 of 7 error sources are armed, 2 \(external interrupt\) and 5 \(SEI\) are refused by design \(6 lines of dmesg\)$/,
      /boots: 5 of 7/
    ])
    t.ok(bootsOf(narrate(all)).length === 12, 'and each line is there for who asks for all')
  })
}

void t.test('a line that something else speaks of is told all the same', async (t) => {
  const all = await (await started()).journal()
  const [order = 0] = all.flatMap((entry, index) =>
    /Unknown notification/.test(JSON.stringify(entry.data)) ? [index + 1] : []
  )

  t.ok(
    narrate(all, { foldsBoots: true, also: new Set([order]) }).some((line) =>
      /^ *\d+ .*Unknown notification/.test(line)
    )
  )
})

void t.test('what is refused for another reason is told line by line', async (t) => {
  const { system, journal } = await started()
  const hest = decodeHest(defaultHest())
  const sources = hest.sources.map((source) =>
    isGhes(source) && source.sourceId === 3 ? { ...source, notification: hestNotification(NOTIFY.local) } : source
  )
  await system.ask('m0', hestInstall, { table: encodeHest({ ...hest, sources }) })
  await system.tell('m0', hostBoot, {})
  await system.settle('m0')
  const all = await journal()

  t.equal(quietBoots(all).length, 1, 'the first boot alone')
  t.match(narrate(all, { foldsBoots: true }).join('\n'), /source: 3 notified via local interrupt is not supported!/)
})
