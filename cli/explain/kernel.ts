import { LINUX_VERSIONS } from '../../shared/contracts/common.ts'
import { hex } from '../../shared/formats/hex.ts'
import { knobsOf, releaseOf, type KnobSetting } from '../../shared/linux/profile.ts'
import type { Explanation, Fact, Subject } from './explanation.ts'
import { fatesWith } from './fates.ts'
import { toJson } from '../bytes/json-value.ts'

const shown = (setting: KnobSetting['setting']): string =>
  typeof setting === 'boolean' ? (setting ? 'yes' : 'no') : typeof setting === 'bigint' ? hex(setting) : setting

const others = ({ others: all }: KnobSetting): string =>
  all.length === 0 ? '' : ` (${all.map(({ release, setting }) => `${release}: ${shown(setting)}`).join(', ')})`

/** What a kernel does with an error where kernels differ, and what becomes of a few errors with it. */
export const KERNELS: Subject = {
  kind: 'kernel',
  names: () => LINUX_VERSIONS,
  async explain(name) {
    const version = LINUX_VERSIONS.find((one) => one === name.replace(/^v|^linux[ -]?/i, ''))
    if (version === undefined) return []
    const release = releaseOf(version)
    const knobs = knobsOf(version)
    const fates = await fatesWith({ linux: version })
    const facts: Fact[] = [
      { label: 'what becomes', says: fates.map(({ title, sentence }) => `${title}: ${sentence}`) },
      { label: 'where kernels differ', says: knobs.map((one) => `${one.about}: ${shown(one.setting)}${others(one)}`) }
    ]
    const title =
      release === version ? `Linux ${release}, arm64` : `Linux ${release}, for which ${version} is short, arm64`
    const told: Explanation = { kind: 'kernel', name: version, title, facts, data: toJson({ release, knobs, fates }) }
    return [told]
  }
}
